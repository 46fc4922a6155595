"""The site as a person would see it: one page without script and without outside requests."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from hub.notify.jira.sandbox.rich_text import is_safe_link, render_rich_text
from hub.notify.jira.sandbox.state import Comment, Issue, Project, RemoteLink, Site, Status

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ground: #f5f6f8; --ink: #1d2430; --quiet: #5d6778; --line: #dde1e8;
  --accent: #1f5fbf; --new: #e4e8ee; --new-ink: #39435a; --busy: #dbe8fd; --busy-ink: #1c4a93; --done: #d9f0e0;
  --done-ink: #1c6238; --code: #f0f2f6; --info: #e8f0fe; --warning: #fdf3da; --error: #fde7e5; --success: #e2f3e7;
  --note: #efe9fb; }
@media (prefers-color-scheme: dark) { :root { --paper: #1b1f27; --ground: #12151b; --ink: #dfe4ec; --quiet: #97a1b2;
  --line: #303744; --accent: #86b2f9; --new: #323a49; --new-ink: #cbd3e1; --busy: #1d3a68; --busy-ink: #bcd5ff;
  --done: #1c4a2e; --done-ink: #b5e5c6; --code: #262c37; --info: #1b2c4a; --warning: #42351a; --error: #482423;
  --success: #1d3b29; --note: #33294c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.35rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
header p, .quiet { color: var(--quiet); margin: .2rem 0; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; }
.list { overflow-x: auto; } .list table { width: 100%; border-collapse: collapse; }
.list td, .list th { text-align: left; padding: .5rem .8rem; border-top: 1px solid var(--line); vertical-align: top; }
.list th { border: 0; color: var(--quiet); font-weight: 500; font-size: .8rem; }
.list td:nth-child(3), .list td:nth-child(5) { overflow-wrap: anywhere; }
.list td:first-child { white-space: nowrap; }
.lozenge { border-radius: 3px; padding: .1rem .45rem; font-size: .72rem; font-weight: 650; white-space: nowrap;
  text-transform: uppercase; letter-spacing: .02em; background: var(--new); color: var(--new-ink); }
.lozenge.indeterminate { background: var(--busy); color: var(--busy-ink); }
.lozenge.done { background: var(--done); color: var(--done-ink); }
.label { border: 1px solid var(--line); border-radius: 3px; padding: 0 .35rem; font-size: .8rem; margin-right: .25rem;
  display: inline-block; overflow-wrap: anywhere; }
article { padding: 1.2rem 1.4rem; margin-top: 1rem; overflow-wrap: anywhere; }
article > h3 { margin: .15rem 0 .5rem; font-size: 1.15rem; }
article h4 { margin: 1.3rem 0 .4rem; font-size: .8rem; color: var(--quiet); font-weight: 600; }
.facts { display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: center; font-size: .9rem; }
.text > :first-child { margin-top: 0; } .text > :last-child { margin-bottom: 0; }
.text h1, .text h2, .text h3, .text h4, .text h5, .text h6 { color: inherit; font-size: 1rem; font-weight: 650;
  margin: 1.1rem 0 .35rem; } .text h1 { font-size: 1.3rem; } .text h2 { font-size: 1.15rem; }
.text p { margin: .5rem 0; } .text ul, .text ol { margin: .4rem 0; padding-left: 1.5rem; }
.text li p { margin: .1rem 0; }
.text table { border-collapse: collapse; margin: .6rem 0; } .text td, .text th { border: 1px solid var(--line);
  padding: .3rem .6rem; text-align: left; vertical-align: top; } .text th { background: var(--code); font-weight: 600;
  overflow-wrap: normal; }
.text td p, .text th p { margin: 0; } code, pre { font: .87em/1.5 ui-monospace, monospace; background: var(--code);
  border-radius: 4px; } code { padding: .1em .3em; } pre { padding: .7rem .9rem; overflow-x: auto; }
pre code { padding: 0; font-size: 1em; }
blockquote { margin: .6rem 0; padding-left: .9rem; border-left: 3px solid var(--line); }
hr { border: 0; border-top: 1px solid var(--line); margin: 1rem 0; }
.panel { border-radius: 5px; padding: .6rem .9rem; margin: .6rem 0; background: var(--info); }
.panel > p { margin: .2rem 0; }
.panel.note { background: var(--note); } .panel.warning { background: var(--warning); }
.panel.error { background: var(--error); } .panel.success, .panel.tip { background: var(--success); }
.expand { border: 1px solid var(--line); border-radius: 5px; padding: .4rem .8rem; margin: .6rem 0; }
summary { cursor: pointer; font-weight: 550; }
.comment { border-top: 1px solid var(--line); padding: .7rem 0 .2rem; } .comment > p { margin: 0 0 .3rem; }
"""


def render_page(site: Site, deployment: str) -> str:
    """The whole page."""
    kind = "Jira Cloud" if deployment == "Cloud" else "Jira Data Center"
    projects = "".join(_project(site, one) for one in site.projects)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{kind} sandbox</title><style>{STYLE}</style></head><body><main>"
        f"<header><h1>{kind} sandbox</h1><p>{_counted(len(site.issues), 'issue')} in"
        f" {_counted(len(site.projects), 'project')}</p></header>{projects}</main></body></html>"
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _project(site: Site, project: Project) -> str:
    issues = sorted(
        (one for one in site.issues.values() if one.project == project.id), key=lambda one: one.number, reverse=True
    )
    head = f"<h2>{escape(project.name)} <span class=quiet>{escape(project.key)}</span></h2>"
    if not issues:
        return f"<section>{head}<p class=quiet>No issues yet.</p></section>"
    rows = "".join(_row(site, project, one) for one in issues)
    names = "".join(f"<th>{one}</th>" for one in ("Key", "Type", "Summary", "Status", "Labels", "Assignee"))
    listed = f"<div class='card list'><table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table></div>"
    return f"<section>{head}{listed}{''.join(_issue(site, project, one) for one in issues)}</section>"


def _lozenge(status: Status) -> str:
    return f"<span class='lozenge {escape(status.category)}'>{escape(status.name)}</span>"


def _labels(issue: Issue) -> str:
    return "".join(f"<span class=label>{escape(one)}</span>" for one in sorted(issue.labels))


def _name(site: Site, account: str | None) -> str:
    user = site.user(account)
    return escape(user.display) if user else "Unassigned"


def _row(site: Site, project: Project, issue: Issue) -> str:
    cells = (
        f"<a href='#{escape(issue.key)}'>{escape(issue.key)}</a>",
        escape(project.type(issue.type).name),
        escape(issue.summary),
        _lozenge(project.status(issue.status)),
        _labels(issue),
        _name(site, issue.assignee),
    )
    return "<tr>" + "".join(f"<td>{one}</td>" for one in cells) + "</tr>"


def _issue(site: Site, project: Project, issue: Issue) -> str:
    facts = [
        _lozenge(project.status(issue.status)),
        escape(issue.resolution or ""),
        f"{_name(site, issue.assignee)}",
        escape(f"{issue.priority} priority" if issue.priority else ""),
        _labels(issue),
    ]
    shown = "".join(f"<span>{one}</span>" for one in facts if one)
    text = render_rich_text(issue.description) if issue.description else "<p class=quiet>No description.</p>"
    return (
        f"<article class=card id='{escape(issue.key)}'><p class=quiet>{escape(issue.key)} ·"
        f" {escape(project.type(issue.type).name)}{_parent(site, issue)}</p><h3>{escape(issue.summary)}</h3>"
        f"<div class=facts>{shown}</div><h4>Description</h4><div class=text>{text}</div>"
        f"{_links(site, issue)}{_comments(site, issue)}</article>"
    )


def _parent(site: Site, issue: Issue) -> str:
    parent = site.issues.get(issue.parent or "")
    return f" · part of <a href='#{escape(parent.key)}'>{escape(parent.key)}</a>" if parent else ""


def _links(site: Site, issue: Issue) -> str:
    shown = [*(_related(site, kind, id_) for kind, id_ in issue.related), *map(_link, issue.links)]
    return f"<h4>Links</h4><ul>{''.join(shown)}</ul>" if shown else ""


def _related(site: Site, kind: str, id_: str) -> str:
    other = site.issues.get(id_)
    key = escape(other.key) if other else "a deleted issue"
    return f"<li>{escape(kind)}: <a href='#{key}'>{key}</a></li>"


def _link(link: RemoteLink) -> str:
    target = link.details["object"]
    title, url = escape(target["title"]), target["url"]
    shown = f"<a href='{escape(url)}'>{title}</a>" if is_safe_link(url) else title
    if target.get("status", {}).get("resolved"):
        shown = f"<s>{shown}</s>"
    notes = (link.details.get("relationship"), target.get("summary"))
    return f"<li>{shown}" + "".join(f"<span class=quiet> · {escape(one)}</span>" for one in notes if one) + "</li>"


def _comments(site: Site, issue: Issue) -> str:
    if not issue.comments:
        return ""
    return f"<h4>{_counted(len(issue.comments), 'comment')}</h4>" + "".join(
        _comment(site, one) for one in issue.comments
    )


def _comment(site: Site, comment: Comment) -> str:
    written = datetime.fromtimestamp(comment.created, UTC).strftime("%d %b %Y, %H:%M")
    edited = " · edited" if comment.updated != comment.created else ""
    head = f"<strong>{_name(site, comment.author)}</strong> <span class=quiet>{written}{edited}</span>"
    return f"<div class=comment><p>{head}</p><div class=text>{render_rich_text(comment.body)}</div></div>"
