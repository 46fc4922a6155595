"""Examples of bodies and answers, by operation. A test holds each to the description that it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FINGERPRINT = "7fdf753d9a0843ef"
PUBLISHED = "p473affa695a"
AT = 1795617556.0
EVENT = ["events", "Ferry Boarded"]
FIELD = [*EVENT, "description"]
WORDS, OTHER_WORDS = "Somebody went aboard.", "A passenger went aboard."


def _page(item: Any) -> dict[str, Any]:
    return {"items": [item], "next": None}


def _edit(item: Any) -> dict[str, Any]:
    return {"edits": [item]}


PLAN = {"name": "Harbour", "place": "plan.yaml", "version": 3, "description": "", "events": 2}
CONTENT = {"description": WORDS, "owners": ["quay@harbour.example"]}
PLAN_CONTENT = {"format": 1, "name": "Harbour", "events": {"Ferry Boarded": CONTENT}}
LOSS = {
    "severity": "warning",
    "effect": "dropped",
    "code": "mixpanel.category",
    "path": [*EVENT, "category"],
    "message": "Mixpanel has no categories of events.",
    "hint": "Use a tag to group events there.",
}
CHECKED = {
    "plan": "Harbour",
    "events": 2,
    "properties": 1,
    "user_properties": 0,
    "groups": 0,
    "errors": 0,
    "rules": [],
    "targets": {"mixpanel": [LOSS]},
}
CHANGESET = {
    "plan": "Harbour",
    "fingerprint": FINGERPRINT,
    "empty": False,
    "targets": [
        {
            "target": "segment",
            "tool": "segment",
            "operations": [
                {
                    "id": "73a2c7d55d19094d1058853f2b258a13",
                    "verb": "update",
                    "address": "rule:TRACK:Ferry Boarded:1",
                    "about": EVENT,
                    "fields": [{"field": "description", "before": WORDS, "after": OTHER_WORDS}],
                }
            ],
            "verbs": {"update": 1},
            "in_sync": 1,
            "managed": 2,
            "unmanaged": 0,
            "unknown": [],
            "edits": [],
            "findings": [],
            "forecast": {"calls": 2, "writes": 1, "seconds": 0.8, "share": 0.005, "window": "rules-read"},
        }
    ],
    "violations": [],
}
PREVIEW = {**CHANGESET, "unreachable": [], "unread": [], "ages": {"segment": 12.5}, "approval": None}
JOB = {
    "job": 12,
    "kind": "publish",
    "state": "queued",
    "attempts": 0,
    "queued": AT,
    "starts": AT,
    "started": None,
    "finished": None,
    "message": "",
    "publication": None,
}
PUBLICATION = {
    "id": PUBLISHED,
    "plan": "Harbour",
    "version": 3,
    "fingerprint": FINGERPRINT,
    "status": "published",
    "who": "dana",
    "started": AT,
    "finished": AT + 0.2,
    "targets": [
        {
            "target": "segment",
            "status": "published",
            "operations": 1,
            "outcomes": {"done": 1},
            "verified": 1,
            "seconds": 0.1,
            "message": "",
            "hint": "",
        }
    ],
    "receipt": "7b395d35ba1e1026f5131fa1b48c0f0553a1179feabf62a2901940fb546c6b9d",
}
RECEIPT = {
    "target": "segment",
    "operation": "73a2c7d55d19094d1058853f2b258a13",
    "verb": "update",
    "address": "rule:TRACK:Ferry Boarded:1",
    "outcome": "done",
    "at": AT,
    "message": "",
    "status": 200,
}
PROPOSAL = {
    "id": 1,
    "plan": "Harbour",
    "path": FIELD,
    "state": "open",
    "conflict": False,
    "targets": ["segment"],
    "opened": AT,
    "decided": None,
    "who": "",
    "why": "",
    "value": OTHER_WORDS,
    "base": WORDS,
    "ours": WORDS,
}
DECIDED = {**PROPOSAL, "state": "accepted", "decided": AT + 60, "who": "dana", "why": "As agreed on Monday."}
APPROVAL = {
    "fingerprint": FINGERPRINT,
    "plan": "Harbour",
    "asked_by": "dana",
    "asked": AT,
    "state": "open",
    "who": "",
    "why": "",
    "decided": None,
}
DRAFT = {
    "id": 1,
    "plan": "Harbour",
    "title": "Words for the spring campaign",
    "author": "dana",
    "created": AT,
    "revision": 2,
    "changed": AT + 60,
    "changed_by": "dana",
    "state": "open",
    "closed": None,
    "closed_by": "",
}
COMMENT = {"id": 1, "who": "ben", "at": AT, "path": ["events", "Ferry Left"], "text": "Is this still sent?"}
TARGET = {
    "target": "segment",
    "tool": "segment",
    "managed": 2,
    "drift": [{"path": FIELD, "since": AT}],
    "slo": 86400.0,
    "late": False,
    "state": "drifted",
    "age": 12.5,
    "documents": 2,
    "differing": ["rule:TRACK:Ferry Boarded:1"],
    "gone": [],
    "unknown": [],
    "coverage": [{"scope": "rule", "completeness": "complete", "since": AT, "why": ""}],
}
CONNECTED = {
    "target": "segment",
    "tool": "segment",
    "added": False,
    "tested": True,
    "workspace": "Harbour in Example workspace",
    "account": "tp_1",
    "may_write": None,
    "notes": [],
}
SETTINGS = {"token": "env:SEGMENT_TOKEN", "tracking_plan_id": "tp_1"}
TOOL = {
    "tool": "segment",
    "title": "Segment",
    "summary": "Rules of a tracking plan.",
    "capabilities": ["delete"],
    "settings": {"type": "object"},
    "broken": "",
}
MATCH = {"theirs": "Ferry Boarded", "ours": "Ferry Boarded", "how": "exact", "score": 1.0}
MESSAGE = {
    "id": 1,
    "destination": "slack",
    "key": f"publication:{PUBLISHED}",
    "verb": "put",
    "parent": "",
    "state": "confirmed",
    "remote": {"channel": "C0TRACK01", "ts": "1795617556.000100"},
    "url": "https://example.slack.com/archives/C0TRACK01/p1795617556000100",
    "attempts": 0,
    "created": AT,
    "due": AT,
    "first_sent": None,
    "confirmed": AT + 1.2,
    "reason": "",
    "hint": "",
}
HEALTH = {"destination": "slack", "counts": {"confirmed": 2}, "waiting_since": None, "reason": "", "hint": ""}
ENTRY = {
    "id": 9,
    "at": AT,
    "who": "dana",
    "verb": "publish",
    "subject": "Harbour",
    "details": {"fingerprint": FINGERPRINT},
}
LINK = {"at": AT, "how": "published", "who": "dana", "publication": PUBLISHED, "value": WORDS}
TOKEN = {"id": "b818f03c059f", "name": "nightly check", "scopes": ["read"], "expires": AT + 86400}

Example = Mapping[str, Any]
EXAMPLES: Mapping[str, Example] = {
    "describe_caller": {"answer": {"account": "dana", "role": "publisher", "scopes": ["read"], "token": TOKEN}},
    "list_plans": {"answer": _page(PLAN)},
    "get_plan": {"answer": {**PLAN, "content": PLAN_CONTENT}},
    "list_events": {
        "answer": _page(
            {
                "name": "Ferry Boarded",
                "description": WORDS,
                "status": "active",
                "owners": ["quay@harbour.example"],
                "tags": [],
                "sources": [],
                "properties": 1,
                "marks": {"segment": "drifted"},
            }
        )
    },
    "get_event": {
        "answer": {
            "plan": "Harbour",
            "name": "Ferry Boarded",
            "content": CONTENT,
            "json_schema": {"description": WORDS, "type": "object", "properties": {}},
            "marks": {"segment": "drifted"},
        }
    },
    "check_plan": {"answer": CHECKED},
    "export_plan": {
        "answer": {"plan": "Harbour", "format": "yaml", "files": {"plan.yaml": "format: 1\nname: Harbour\n"}}
    },
    "preview_plan": {"answer": PREVIEW},
    "read_again": {"body": {"plan": "Harbour"}, "answer": {**JOB, "kind": "read"}},
    "allow_once": {
        "body": {
            "fingerprint": FINGERPRINT,
            "guard": "too-many-updates",
            "why": "Spring cleaning.",
            "life": "1 hour",
        },
        "answer": {
            "guard": "too-many-updates",
            "fingerprint": FINGERPRINT,
            "who": "dana",
            "why": "Spring cleaning.",
            "expires": AT + 3600,
        },
    },
    "publish_plan": {"body": {"plan": "Harbour", "fingerprint": FINGERPRINT}, "answer": JOB},
    "list_publications": {"answer": _page(PUBLICATION)},
    "get_publication": {"answer": PUBLICATION},
    "get_record": {"answer": {"receipt": PUBLICATION["receipt"], "record": {"kind": "publication", "plan": "Harbour"}}},
    "list_receipts": {"answer": _page(RECEIPT)},
    "resume_publication": {"answer": {**JOB, "kind": "resume", "publication": PUBLISHED}},
    "pause_publication": {"answer": {**PUBLICATION, "status": "running", "finished": None, "receipt": ""}},
    "undo_publication": {"body": {"fingerprint": FINGERPRINT}, "answer": {**JOB, "kind": "undo"}},
    "preview_undo": {
        "answer": {
            "publication": PUBLISHED,
            "fingerprint": FINGERPRINT,
            "undo": CHANGESET,
            "impossible": [],
            "violations": [],
        }
    },
    "list_jobs": {"answer": _page(JOB)},
    "get_job": {"answer": {**JOB, "state": "done", "publication": PUBLISHED}},
    "list_proposals": {"answer": _page(PROPOSAL)},
    "get_proposal": {"answer": PROPOSAL},
    "decide": {
        "body": {"decision": "accept", "why": "As agreed on Monday."},
        "answer": {"proposal": DECIDED, "written": ["plan.yaml"]},
    },
    "decide_several": {
        "body": {"decision": "accept", "matching": {"field": "description"}, "why": "As agreed on Monday."},
        "answer": {"decided": [DECIDED], "left": [], "written": ["plan.yaml"]},
    },
    "snooze_proposal": {"body": {"until": AT + 86400}, "answer": {"proposal": 1, "until": AT + 86400}},
    "list_approvals": {"answer": _page(APPROVAL)},
    "get_approval": {"answer": APPROVAL},
    "answer_approval": {
        "body": {"answer": "approve", "why": "As agreed on Monday."},
        "answer": {**APPROVAL, "state": "approved", "who": "ben", "why": "As agreed on Monday.", "decided": AT + 60},
    },
    "list_drafts": {"answer": _page(DRAFT)},
    "open_a_draft": {
        "body": {"plan": "Harbour", "title": "Words for the spring campaign"},
        "answer": {**DRAFT, "revision": 1},
    },
    "get_draft": {"answer": DRAFT},
    "get_draft_content": {"answer": {"draft": 1, "revision": 2, "content": PLAN_CONTENT}},
    "get_draft_event": {"answer": {"draft": 1, "revision": 2, "name": "Ferry Boarded", "content": CONTENT}},
    "put_draft_event": {"body": {"content": CONTENT}, "answer": DRAFT},
    "edit_a_draft": {
        "body": _edit({"do": "change", "place": EVENT, "fields": {"description": OTHER_WORDS}}),
        "answer": DRAFT,
    },
    "get_draft_changes": {
        "answer": {
            "draft": 1,
            "revision": 2,
            "created": [],
            "removed": [],
            "renamed": [],
            "fields": [{"path": FIELD, "before": WORDS, "after": OTHER_WORDS}],
        }
    },
    "check_draft": {"answer": {**CHECKED, "targets": {}}},
    "preview_draft": {"answer": PREVIEW},
    "list_draft_edits": {
        "answer": _page({"revision": 2, "who": "dana", "at": AT, "what": "Ferry Boarded: description"})
    },
    "list_draft_comments": {"answer": _page(COMMENT)},
    "comment_on_draft": {
        "body": {"text": "Is this still sent?", "path": ["events", "Ferry Left"]},
        "answer": COMMENT,
    },
    "merge_a_draft": {"answer": {"draft": 1, "plan": "Harbour", "written": ["plan.yaml"]}},
    "discard_a_draft": {"answer": {**DRAFT, "state": "discarded", "closed": AT + 90, "closed_by": "dana"}},
    "list_targets": {"answer": _page(TARGET)},
    "get_target": {"answer": TARGET},
    "list_drift": {"answer": _page({"target": "segment", "path": FIELD, "since": AT})},
    "check_connection": {
        "body": {"target": "segment"},
        "answer": CONNECTED,
    },
    "reconcile_now": {"body": {"target": "segment"}, "answer": {**JOB, "kind": "reconcile"}},
    "list_tools": {"answer": {"tools": [TOOL]}},
    "get_settings": {
        "answer": {
            "target": "segment",
            "tool": "segment",
            "version": "0b7c0c4e4f2e5d43",
            "settings": SETTINGS,
            "overridden": [],
            "authority": [],
        }
    },
    "connect_target": {
        "body": {"tool": "segment", "target": "segment-test", "settings": SETTINGS, "test": True},
        "answer": {**CONNECTED, "target": "segment-test", "added": True},
    },
    "change_target": {
        "body": {"settings": {"mode": "heal"}, "version": "0b7c0c4e4f2e5d43", "test": False},
        "answer": {"target": "segment", "tool": "segment", "added": False, "tested": False},
    },
    "disconnect_target": {"answer": {"target": "segment-test"}},
    "import_plan": {
        "body": {"files": {"plan.yaml": "format: 1\nname: Pier\nevents: {Ferry Turned: {}}\n"}, "name": "Pier"},
        "answer": {
            "plan": "Pier",
            "place": "store, version 1",
            "events": 1,
            "properties": 0,
            "user_properties": 0,
            "groups": 0,
            "findings": [],
        },
    },
    "import_into_draft": {
        "body": {
            "plan": "Harbour",
            "files": {"pier.yaml": "name: Pier\nevents: {Ferry Turned: {description: It turned.}}\n"},
            "format": "plan",
        },
        "answer": {
            "draft": {**DRAFT, "revision": 1},
            "format": "plan",
            "things": [{"section": "events", "theirs": "Ferry Turned", "ours": "", "state": "new", "taken": True}],
            "findings": [],
        },
    },
    "preview_adoption": {
        "answer": {
            "target": "segment",
            "seen": AT,
            "documents": 1,
            "matches": [MATCH],
            "suggestions": [{"theirs": "ferry left", "ours": "Ferry Left", "how": "normalised", "score": 1.0}],
            "strangers": ["signed_up"],
            "missing": [],
            "differing": {},
        }
    },
    "adopt_target": {
        "body": {"plan": "Harbour", "target": "segment", "seen": AT, "same": ["ferry left"], "rest": False},
        "answer": {
            "target": "segment",
            "documents": 2,
            "matches": [MATCH],
            "suggestions": [],
            "proposed": [],
            "unmanaged": ["signed_up"],
        },
    },
    "get_dictionary": {
        "answer": {
            "target": "segment",
            "read": AT,
            "events": {"Ferry Boarded": CONTENT},
            "user_properties": {},
            "groups": {},
        }
    },
    "list_moments": {"answer": {"target": "segment", "moments": [AT, AT + 60]}},
    "compare_dictionaries": {"answer": _page({"path": FIELD, "before": WORDS, "after": OTHER_WORDS})},
    "explain": {"answer": {"path": FIELD, "targets": {"segment": [LINK]}}},
    "list_notifications": {"answer": _page(MESSAGE)},
    "list_destinations": {"answer": {"destinations": [HEALTH]}},
    "retry_all": {"answer": {"retried": 2}},
    "retry_one": {"body": {"anew": False}, "answer": {"retried": 1}},
    "list_audit": {"answer": _page(ENTRY)},
}
