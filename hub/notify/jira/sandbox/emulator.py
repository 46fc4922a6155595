"""A stateful local emulator of Jira Cloud (REST v3) and Jira Data Center (REST v2)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from connectors.sandbox import JSON, Clock, Request, Response, Sandbox
from hub.notify.jira.sandbox import attached, comments, issues, relating, search, site_info, transitions
from hub.notify.jira.sandbox.access import Gate
from hub.notify.jira.sandbox.call import CONTENT_TYPE, Call, Refusal, answer
from hub.notify.jira.sandbox.demo import API_TOKEN, CLOUD_ID, EMAIL, PAT, PROJECT, demo_site
from hub.notify.jira.sandbox.edits import make_edit
from hub.notify.jira.sandbox.limits import CloudLimits, ServerLimits, server_refusal
from hub.notify.jira.sandbox.page import render_page
from hub.notify.jira.sandbox.state import Site

Handler = Callable[[Call], Response]
BOTH = ("Cloud", "Server")


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers, and on which deployments."""

    answer: Handler
    on: Sequence[str] = BOTH


_CLOUD = ("Cloud",)
_SERVER = ("Server",)
_ISSUE = "issue/{issue}"
_COMMENT = f"{_ISSUE}/comment/{{id}}"
_LINK = f"{_ISSUE}/remotelink/{{id}}"
_PROJECT = "project/{project}"

ROUTES: Mapping[tuple[str, str], tuple[Route, ...]] = {
    ("GET", "serverInfo"): (Route(site_info.show_server),),
    ("GET", "myself"): (Route(site_info.show_myself),),
    ("GET", "field"): (Route(site_info.list_fields),),
    ("GET", "mypermissions"): (Route(site_info.show_permissions),),
    ("GET", "user"): (Route(site_info.show_user),),
    ("GET", "user/search"): (Route(site_info.search_users),),
    ("GET", "user/assignable/search"): (Route(site_info.search_assignable),),
    ("GET", _PROJECT): (Route(site_info.show_project),),
    ("GET", f"{_PROJECT}/properties"): (Route(attached.list_project_properties),),
    ("GET", f"{_PROJECT}/properties/{{key}}"): (Route(attached.show_project_property),),
    ("PUT", f"{_PROJECT}/properties/{{key}}"): (Route(attached.put_project_property),),
    ("DELETE", f"{_PROJECT}/properties/{{key}}"): (Route(attached.delete_project_property),),
    ("GET", "issue/createmeta"): (Route(site_info.show_old_screens),),
    ("GET", "issue/createmeta/{project}/issuetypes"): (Route(site_info.list_types),),
    ("GET", "issue/createmeta/{project}/issuetypes/{type}"): (Route(site_info.list_screen),),
    ("POST", "issue"): (Route(issues.create_issue),),
    ("POST", "issue/bulk"): (Route(issues.create_many),),
    ("POST", "issue/bulkfetch"): (Route(issues.fetch_many, _CLOUD),),
    ("GET", _ISSUE): (Route(issues.show_issue),),
    ("PUT", _ISSUE): (Route(issues.edit_issue),),
    ("DELETE", _ISSUE): (Route(issues.delete_issue),),
    ("PUT", f"{_ISSUE}/assignee"): (Route(issues.assign_issue),),
    ("GET", f"{_ISSUE}/watchers"): (Route(issues.list_watchers),),
    ("POST", f"{_ISSUE}/watchers"): (Route(issues.add_watcher),),
    ("GET", f"{_ISSUE}/properties"): (Route(attached.list_properties),),
    ("GET", f"{_ISSUE}/properties/{{key}}"): (Route(attached.show_property),),
    ("PUT", f"{_ISSUE}/properties/{{key}}"): (Route(attached.put_property),),
    ("DELETE", f"{_ISSUE}/properties/{{key}}"): (Route(attached.delete_property),),
    ("GET", f"{_ISSUE}/remotelink"): (Route(attached.list_links),),
    ("POST", f"{_ISSUE}/remotelink"): (Route(attached.put_link),),
    ("DELETE", f"{_ISSUE}/remotelink"): (Route(attached.delete_link_by_global_id),),
    ("GET", _LINK): (Route(attached.show_link),),
    ("PUT", _LINK): (Route(attached.change_link),),
    ("DELETE", _LINK): (Route(attached.delete_link),),
    ("POST", "issueLink"): (Route(relating.create_issue_link),),
    ("GET", f"{_ISSUE}/comment"): (Route(comments.list_comments),),
    ("POST", f"{_ISSUE}/comment"): (Route(comments.create_comment),),
    ("GET", _COMMENT): (Route(comments.show_comment),),
    ("PUT", _COMMENT): (Route(comments.change_comment),),
    ("DELETE", _COMMENT): (Route(comments.delete_comment),),
    ("POST", "comment/list"): (Route(comments.list_by_id, _CLOUD),),
    ("GET", "comment/{id}/properties"): (Route(comments.list_comment_properties),),
    ("GET", "comment/{id}/properties/{key}"): (Route(comments.show_comment_property),),
    ("PUT", "comment/{id}/properties/{key}"): (Route(comments.put_comment_property),),
    ("GET", f"{_ISSUE}/transitions"): (Route(transitions.list_transitions),),
    ("POST", f"{_ISSUE}/transitions"): (Route(transitions.transition_issue),),
    ("GET", "search"): (Route(search.refuse_old_search, _CLOUD), Route(search.offset_search_by_get, _SERVER)),
    ("POST", "search"): (Route(search.refuse_old_search, _CLOUD), Route(search.offset_search_by_post, _SERVER)),
    ("GET", "search/jql"): (Route(search.search_by_get, _CLOUD),),
    ("POST", "search/jql"): (Route(search.search_by_post, _CLOUD),),
    ("POST", "search/approximate-count"): (Route(search.count, _CLOUD),),
}
SHAPES = [
    (shape, tuple(shape.split("/")))
    for shape in sorted(dict.fromkeys(one for _, one in ROUTES), key=lambda shape: shape.count("{"))
]
"""Every shape, those with fewer names first: `issue/bulk` is no issue called "bulk"."""

VERSIONS: Mapping[str, Mapping[str, str]] = {
    "Cloud": {"3": "3", "2": "2", "latest": "2"},
    "Server": {"2": "2", "latest": "2"},
}
AFTERWARDS: Mapping[str, int] = {"commit-500": 500, "commit-502": 502, "commit-504": 504}
"""Moods in which a request is done and its answer lost to an error page."""


class JiraSandbox(Sandbox):
    """One Jira site; the switch `deployment` makes it Cloud or Data Center.

    Cloud answers at the root and at the gateway's `/ex/jira/<id>`; Data Center at the root or, by a switch, under
    `/jira` alone. `dump()` is `{users, secrets, projects, issues: {ID: ...}, moved, pending, behind, last_id, created,
    failed_logins, conflicts}`: `pending` is what the search index has yet to see, `behind` how it finds those issues
    meanwhile, `created` counts per label the issues that were ever created with it. Limits are no part of it.

    `edit({"do": VERB, ...})`; `issue` is an id or a key, `project` a key, people are named by account or name. A
    person is `by` (the first colleague by default); rich text is a document or wiki text.

    * ``edit`` (`issue`, any of `summary`, `description`, `labels`, `priority`, `assignee`, `status`: a name);
      ``label``, ``unlabel`` (`issue`, `label`); ``transition`` (`issue`, `to`: a status by name, workflow or not,
      `resolution`);
    * ``comment`` (`issue`, `body`) answers `{"id"}`; ``uncomment`` (`issue`, `id`); ``unlink`` (`issue`, `id`);
      ``forget-property`` (`issue`, `key`);
    * ``create`` (`project`, `type`, `summary`, `labels`, `description`) answers `{"id", "key"}`; ``delete`` (`issue`);
      ``move`` (`issue`, `project`) answers `{"key"}`: the key changes, the id stays;
    * ``require``, ``unrequire``, ``take-off-screen``, ``put-on-screen`` (`project`, `type`, `field`; a field that is
      not one of Jira's is added to the screen as text);
    * ``take-permission``, ``give-permission`` (`project`, `permission`);
    * ``revoke`` (`kind`: token, scoped, password, pat; everything without), ``issue-secret`` (`kind`, `user`, `text`),
      ``log-in`` (`user`: solves the CAPTCHA);
    * ``add-project`` (`project`, `name`, `style`: next-gen or classic), ``add-type`` (`project`, `type`, `subtask`),
      ``add-user`` (`account`, `name`, `display`, `email`), ``change-user`` (`user`, `active`, `assignable`);
    * ``skip-keys`` (`project`, `count`): numbers that are never used;  ``conflict`` (`times`): the next edits of an
      issue get 409.

    Moods: ``commit-500``, ``commit-502``, ``commit-504`` (done, then an error page), ``half-batch`` on bulk creation,
    ``half-page`` and ``empty-list`` on lists.
    """

    tool: ClassVar[str] = "jira"
    SWITCHES: ClassVar[Mapping[str, Sequence[JSON]]] = {
        # Where and what it is (sections 1 and 4).
        "deployment": BOTH,
        "context_path": ("", "/jira"),
        "cloud_wiki_text": ("accepted", "refused"),
        # Who asks (sections 1, 3 and 5).
        "bad_credentials": ("401", "anonymous"),
        "unauthorized_body": ("json", "text"),
        "plain_token_on_gateway": ("accepted", "refused"),
        "captcha_after": (3, None),
        # Limits (section 2).
        "limit_body": ("errors", "message", "text"),
        "server_rate": (None, 5, 60),  # requests a second per user on Data Center
        "most_comments": (5000, 3),
        "most_links": (2000, 3),
        # The index and the database (sections 4 and 5).
        "index_delay": (3, 0, 60),  # seconds, Cloud
        "server_index_delay": (0, 3),
        "search_order": ("newest-first", "oldest-first", "scattered"),
        "search_values": ("index", "database"),  # what a hit shows: as old as the index, or as it is now
        "bare_hits": ("id", "id-key-self"),
        "label_search": ("exact", "any-case"),
        "key_lookup": ("immediate", "lagging"),
        "key_gap": (0, 1, 7),  # numbers left out before each new key
        # What a write may say (sections 2 to 4).
        "document_length": ("json", "text"),
        "text_units": ("utf-16", "characters"),
        "task_lists": ("accepted", "refused"),
        "label_order": ("sorted", "given"),
        "required_error": ("messages", "errors"),
        "comment_refusal": ("document", "comment"),
        "comment_permission_status": (400, 403),
        "transition_comment": ("anywhere", "screen-only"),
        # What a write does (sections 3, 4 and 6).
        "dc_create_properties": ("accepted", "ignored"),
        "property_put_body": ("empty", "json"),
        "quiet_edit_without_admin": ("flag-ignored", "edit-ignored"),
    }

    def __init__(self, *, clock: Clock = time.time, switches: Mapping[str, JSON] | None = None) -> None:
        super().__init__(clock=clock, switches=switches)
        self._site = demo_site(self.switch("deployment"), clock())
        self._cloud_limits = CloudLimits(clock)
        self._server_limits = ServerLimits(clock)

    def demo_credentials(self) -> Mapping[str, str]:
        return {"email": EMAIL, "api_token": API_TOKEN, "pat": PAT, "project": PROJECT}

    def dump(self) -> JSON:
        self._follow()
        return self._site.dump()

    def load(self, state: JSON) -> None:
        self._site = Site.loaded(state)

    def edit(self, change: JSON) -> JSON:
        return make_edit(self._site, change, self.clock())

    def page(self) -> str:
        return render_page(self._site, self.switch("deployment"))

    def created_with(self, label: str) -> int:
        """How many issues were ever created with a label."""
        return self._site.created.get(label, 0)

    def respond(self, request: Request) -> Response:
        try:
            given = self._serve(request)
        except Refusal as refusal:
            return refusal.response()
        except RecursionError:  # a document nested hundreds of levels deep; the vendor's depth is not documented
            return Refusal(400, "The request body is nested too deeply.").response()
        if self.mood in AFTERWARDS:
            page = b"<!doctype html><title>Error</title><h1>The server took too long to respond</h1>"
            return Response(AFTERWARDS[self.mood], page, {"content-type": "text/html;charset=UTF-8"})
        return given

    def _follow(self) -> None:
        """The index takes in what is old enough."""
        delay = self.switch("index_delay" if self.switch("deployment") == "Cloud" else "server_index_delay")
        self._site.index(self.clock() - delay)

    def _serve(self, request: Request) -> Response:
        self._follow()
        prefix, version, rest = self._located(request)
        shape, args = _shape_of(rest)
        user = None
        if shape != "serverInfo" or "authorization" in request.headers:
            user = Gate(self._site, self.switches, prefix.startswith("/ex/")).user(request)
        headers = self._limited(request, shape, args, user.name if user else "anonymous")
        self._check_forgery(request)
        base = f"{_origin(request)}{prefix}"
        call = Call(self._site, request, user, base, version, self.switches, self.mood, self.clock(), args)
        try:
            given = self._route(request, shape)(call)
        except Refusal as refusal:
            given = refusal.response()
        return Response(given.status, given.body, {**given.headers, **headers})

    def _located(self, request: Request) -> tuple[str, str, tuple[str, ...]]:
        """What stands before `/rest`, the version, and what stands after it. Raises Refusal 404."""
        cloud = self.switch("deployment") == "Cloud"
        context = "" if cloud else self.switch("context_path")
        pattern = rf"({re.escape(context)}{f'|/ex/jira/{CLOUD_ID}' if cloud else ''})/rest/api/([^/]+)/(.+)"
        found = re.fullmatch(pattern, request.path)
        version = VERSIONS[self.switch("deployment")].get(found[2]) if found else None
        if found is None or version is None:
            page = b"<!doctype html><title>Not found</title><h1>Oops, you've found a dead link.</h1>"
            raise Refusal(404, body=Response(404, page, {"content-type": "text/html;charset=UTF-8"}))
        return found[1], version, Request("GET", found[3]).segments

    def _route(self, request: Request, shape: str) -> Handler:
        deployment = self.switch("deployment")
        methods = {method for (method, one), rows in ROUTES.items() if one == shape and _on(rows, deployment)}
        if not methods:
            raise Refusal(404, body=answer(404, {"message": f"null for uri: {request.path}", "status-code": 404}))
        if request.method not in methods:
            raise Refusal(405, body=Response(405, b"", {"allow": ", ".join(sorted(methods))}))
        return next(row.answer for row in ROUTES[request.method, shape] if deployment in row.on)

    def _limited(self, request: Request, shape: str, args: Mapping[str, str], user: str) -> Mapping[str, str]:
        """Headers for the answer. Raises Refusal 429."""
        if self.switch("deployment") == "Cloud":
            found = self._site.find(args["issue"]) if "issue" in args else None
            headers, reason = self._cloud_limits.check(request, shape, found.id if found else None)
            if reason:
                raise Refusal(429, body=self._too_many(headers))
            return headers
        named = {"X-AUSERNAME": user}
        rate = self.switch("server_rate")
        if rate is None or user == "anonymous":
            return named
        headers, over = self._server_limits.check(user, rate)
        if over:
            raise Refusal(429, body=server_refusal(request, {**named, **headers}))
        return {**named, **headers}

    def _too_many(self, headers: Mapping[str, str]) -> Response:
        text = "Rate limit exceeded."
        if self.switch("limit_body") == "text":
            return Response.text(429, text, headers)
        shapes: Mapping[str, JSON] = {"errors": {"errorMessages": [text], "errors": {}}, "message": {"message": text}}
        return Response.json(429, shapes[self.switch("limit_body")], {**CONTENT_TYPE, **headers})

    def _check_forgery(self, request: Request) -> None:
        """Data Center takes a browser's write for a forgery unless a header says otherwise (section 6, item 17)."""
        browser = request.headers.get("user-agent", "").startswith("Mozilla/")
        told = request.headers.get("x-atlassian-token", "").lower() in ("no-check", "nocheck")
        if self.switch("deployment") == "Server" and request.method != "GET" and browser and not told:
            raise Refusal(403, body=Response.text(403, "XSRF check failed"))


def _on(rows: Sequence[Route], deployment: str) -> bool:
    return any(deployment in row.on for row in rows)


def _origin(request: Request) -> str:
    """Addresses in answers lead back to where the request came."""
    host = request.headers.get("host", "demo.atlassian.net")
    return f"{'http' if host.partition(':')[0] in ('127.0.0.1', 'localhost') else 'https'}://{host}"


def _shape_of(segments: Sequence[str]) -> tuple[str, Mapping[str, str]]:
    """The known shape of a path with what its names stand for; the path itself when none is known."""
    for shape, parts in SHAPES:
        if len(parts) == len(segments) and all(
            part.startswith("{") or part == given for part, given in zip(parts, segments, strict=True)
        ):
            names = {part[1:-1]: given for part, given in zip(parts, segments, strict=True) if part.startswith("{")}
            return shape, names
    return "/".join(segments), {}
