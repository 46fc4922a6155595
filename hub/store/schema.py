"""The tables. A change here needs a migration in `migrations/`; a test compares the two."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text, text

metadata = MetaData()

document = Table(
    "document",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
"""Every JSON value the hub remembers, once: documents of tools, plan versions, publication receipts."""

plan_version = Table(
    "plan_version",
    metadata,
    Column("plan", String(200), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Float, nullable=False),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("target", String(200), nullable=False),
    Column("taken_at", Float, nullable=False),
    Column("entries", String(64), nullable=False),
    Column("coverage", String(64), nullable=False),
    Column("requests", Integer, nullable=False),
    Index("snapshot_by_target", "target", "taken_at"),
)
"""One observation. `entries` and `coverage` are hashes of documents: [[address, hash, about, facts], ...] and the
list of coverages, so that an unchanged tool costs one row."""

base = Table(
    "base",
    metadata,
    Column("target", String(200), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("about", Text, nullable=False),
    Column("publication", String(32), nullable=False),
    Column("verified_at", Float, nullable=False),
)

publication = Table(
    "publication",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("plan", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("fingerprint", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("who", Text, nullable=False),
    Column("started", Float, nullable=False),
    Column("finished", Float),
    Column("receipt", String(64), nullable=False, default=""),
    Index("publication_by_time", "started"),
)

target_run = Table(
    "target_run",
    metadata,
    Column("publication", String(32), ForeignKey("publication.id"), primary_key=True),
    Column("target", String(200), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("details", Text, nullable=False),
    Column("managed_before", Integer, nullable=False),
)

operation = Table(
    "operation",
    metadata,
    Column("publication", String(32), ForeignKey("publication.id"), primary_key=True),
    Column("target", String(200), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("id", String(32), nullable=False),
    Column("verb", String(8), nullable=False),
    Column("address", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("before_address", Text),
    Column("before_hash", String(64)),
    Column("after_hash", String(64)),
    Column("base_hash", String(64)),
    Column("retypes", Integer, nullable=False),
    Column("outcome", String(16)),
    Column("at", Float),
    Column("receipt", Text),
)
"""What a publication set out to do, with the newest receipt of each. `before_hash` is what `undo` goes back to;
`base_hash` what counts as published where the write leaves somebody's edit in place (null: what was written)."""

ticket = Table(
    "ticket",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guard", String(64), nullable=False),
    Column("fingerprint", String(16), nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("expires", Float, nullable=False),
    Index("ticket_by_fingerprint", "fingerprint"),
)

quota_use = Table(
    "quota_use",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", String(64), nullable=False),
    Column("window", String(64), nullable=False),
    Column("at", Float, nullable=False),
    Column("units", Float, nullable=False),
    Index("quota_use_by_window", "account", "window", "at"),
)
"""What each account has used of its windows, across processes. A pause is a use of zero units in the future."""

proposal = Table(
    "proposal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan", String(200), nullable=False),
    Column("key", String(16), nullable=False),
    Column("path", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("conflict", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened", Float, nullable=False),
    Column("decided", Float),
    Column("who", Text),
    Column("why", Text),
    Index("proposal_by_plan", "plan", "state"),
)
"""What tools would have the plan take over. `content` is JSON: value, base, ours and policy, where a missing key is an
absent value; `shown` the hash of what each target shows."""

drift = Table(
    "drift",
    metadata,
    Column("target", String(200), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("value", String(64), nullable=False),
    Column("since", Float, nullable=False),
    Column("flips", Integer, nullable=False),
    Column("differs", Integer, nullable=False),
    Column("frozen", Integer, nullable=False),
)
"""Fields on which a tool left the base: since when, whether it still does, and how often it came back after a restore
(tug-of-war)."""

job = Table(
    "job",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("key", String(200), nullable=False),
    Column("args", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("queued_at", Float, nullable=False),
    Column("run_at", Float, nullable=False),
    Column("started", Float),
    Column("finished", Float),
    Column("message", Text, nullable=False),
    Index("job_by_key", "key", "state"),
    Index("job_by_state", "state", "run_at"),
    Index("job_waits_once", "kind", "key", "args", unique=True, sqlite_where=text("state = 'queued'")),
)
"""Durable work. `args` is canonical JSON; of equal jobs only one waits. What runs is out of the last index."""

tick = Table(
    "tick",
    metadata,
    Column("schedule", String(200), primary_key=True),
    Column("fire_time", Float, primary_key=True),
    Column("at", Float, nullable=False),
    Column("job", Integer),
)
"""Who came first to a moment of a schedule; `job` is NULL when its run was waiting already."""

happening = Table(
    "happening",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("plan", String(200), nullable=False),
    Column("subject", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("data", Text, nullable=False),
    Column("routed", Integer, nullable=False),
    Index("happening_to_route", "routed", "id"),
    Index("happening_by_subject", "subject", "id"),
)
"""What people may want to hear of, written in the transaction of the change that it tells of."""

message = Table(
    "message",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("destination", String(200), nullable=False),
    Column("key", String(200), nullable=False),
    Column("verb", String(8), nullable=False),
    Column("parent", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("story", String(64), nullable=False),
    Column("told", String(64), nullable=False),
    Column("remote", Text),
    Column("memo", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("due", Float, nullable=False),
    Column("first_sent", Float),
    Column("confirmed", Float),
    Column("reason", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Index("message_once", "destination", "key", unique=True),
    Index("message_due", "state", "due"),
)
"""The outbox: what each destination is to show under each key. `story` and `told` are hashes of documents: what it is
to say, and what it says as far as is known; `parent` the key of the message that it stands below, or ""."""

approval = Table(
    "approval",
    metadata,
    Column("fingerprint", String(16), primary_key=True),
    Column("plan", String(200), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked", Float, nullable=False),
    Column("state", String(16), nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("decided", Float),
)
"""Whether another person approved of a changeset, by its fingerprint."""

press = Table(
    "press",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("who", Text, nullable=False),
    Column("act", String(16), nullable=False),
    Column("subject", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("outcome", Text, nullable=False),
)
"""Buttons that were pressed in a chat, each once, however often the click arrives."""

account = Table(
    "account",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("password", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("created", Float, nullable=False),
    Column("disabled", Float),
)
"""People who may use the pages. `password` is an argon2 hash with its parameters."""

invitation = Table(
    "invitation",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("by", Text, nullable=False),
    Column("expires", Float, nullable=False),
)
"""One-time links with which somebody makes an account. `token` is the hash of what the link says."""

session = Table(
    "session",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("account", String(200), ForeignKey("account.name"), nullable=False),
    Column("form_token", String(64), nullable=False),
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False),
)
"""Who is logged in. `token` is the hash of the cookie; `form_token` must come with every form."""

attempt = Table(
    "attempt",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(300), nullable=False),
    Column("at", Float, nullable=False),
    Index("attempt_by_key", "key", "at"),
)
"""Logins that failed, by name and by address, so that guessing is slow."""

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("who", Text, nullable=False),
    Column("verb", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", Text, nullable=False),
)
"""What people did on the pages, append-only."""

draft = Table(
    "draft",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan", String(200), nullable=False),
    Column("title", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("base", String(64), nullable=False),
    Column("body", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("changed", Float, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("closed", Float),
    Column("closed_by", Text, nullable=False),
    Index("draft_by_plan", "plan", "state"),
)
"""Plans that somebody is changing. `base` is the hash of the plan that it was opened on, `body` of what it says now;
each saved edit is the next `revision`. `state`: open, merged or discarded."""

draft_edit = Table(
    "draft_edit",
    metadata,
    Column("draft", Integer, ForeignKey("draft.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("who", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("what", Text, nullable=False),
    Column("body", String(64), nullable=False),
)
"""What was done in a draft, edit by edit. `what` is a line for people, `body` the hash of what the draft
said afterwards."""

draft_comment = Table(
    "draft_comment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("draft", Integer, ForeignKey("draft.id"), nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("path", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("draft_comment_by_draft", "draft"),
)
"""What people say about a draft. `path` is the JSON list of the place in the plan, empty for the whole."""

api_token = Table(
    "api_token",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("secret", String(64), nullable=False),
    Column("account", String(200), ForeignKey("account.name"), nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False),
    Column("used", Float),
    Column("revoked", Float),
    Index("api_token_by_account", "account"),
)
"""Keys of programs that use the API. `id` is the part of the token that may be shown, `secret` the hash of the rest;
`scopes` is a JSON list."""

idempotent_answer = Table(
    "idempotent_answer",
    metadata,
    Column("caller", String(200), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("request", String(64), nullable=False),
    Column("status", Integer),
    Column("body", Text, nullable=False),
    Column("at", Float, nullable=False),
    Index("idempotent_answer_by_time", "at"),
)
"""What was answered to a write that carried an idempotency key. `request` is the hash of method, address and body;
`status` is null while the first one is still at work."""

identity = Table(
    "identity",
    metadata,
    Column("issuer", String(200), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("account", String(200), ForeignKey("account.name"), nullable=False),
    Column("linked", Float, nullable=False),
)
"""Accounts as an OpenID provider knows them."""

login = Table(
    "login",
    metadata,
    Column("state", String(64), primary_key=True),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("back", Text, nullable=False),
    Column("expires", Float, nullable=False),
)
"""Logins through an OpenID provider that are under way. `state` is the hash of what travels."""

pause = Table(
    "pause",
    metadata,
    Column("publication", String(32), ForeignKey("publication.id"), primary_key=True),
    Column("who", Text, nullable=False),
    Column("at", Float, nullable=False),
)
"""Publications that somebody asked to pause: their runs end before the next write, and can be resumed."""

snooze = Table(
    "snooze",
    metadata,
    Column("proposal", Integer, ForeignKey("proposal.id"), primary_key=True),
    Column("until", Float, nullable=False),
    Column("who", Text, nullable=False),
)
"""Proposals that are not shown as waiting until a time."""
