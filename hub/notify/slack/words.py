"""Every word that Slack says no with, what it means for a letter and what a person can do about it.

The words of apis/slack.md sections 3.1 to 3.3 and of the vendor's pages of the methods that the channel calls. Web API
errors arrive with HTTP 200, so the word is all there is to go by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from connectors import errors

Remedy = Literal["", "bare", "plain", "anew", "below", "beltless"]
"""What the channel does about it by itself: send without metadata, without blocks, as a new message, as a reply below
the old one, without `client_msg_id`."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """The error that a word stands for, its next step, and what the channel can do about it without a person."""

    kind: type[errors.ToolError]
    hint: str
    remedy: Remedy = ""


TOKEN = Meaning(errors.Unauthorized, "Install the Slack app again and put its new bot token (xoxb-…) into hub.toml.")
BOT_TOKEN = Meaning(errors.Unauthorized, "Use the app's bot token (xoxb-…), not another kind of token.")
SCOPE = Meaning(errors.NotEntitled, "Add the missing scope to the Slack app, install it again, then use its new token.")
ADMIN = Meaning(errors.NotEntitled, "Ask the workspace's administrator to let the app do this.")
POSTING = Meaning(errors.NotEntitled, "Let the app post in this channel, or choose another channel in hub.toml.")
CHANNEL = Meaning(
    errors.Misconfigured, "Correct the channel's id in hub.toml; to a private channel invite the app first."
)
INVITE = Meaning(errors.Misconfigured, "Invite the app to the channel: type /invite and its name there.")
ARCHIVED = Meaning(errors.Misconfigured, "Unarchive the channel, or choose another one in hub.toml.")
THREAD = Meaning(errors.Invalid, "Replies are not possible there any more; this one is not told.")
CALL = Meaning(errors.Invalid, "The hub called Slack in a way it does not accept: report this with the message.")
CONTENT = Meaning(errors.Invalid, "Slack does not accept what the message holds.")
BLOCKS = Meaning(errors.Invalid, "Slack does not accept the message's layout.", "plain")
METADATA = Meaning(errors.Invalid, "Slack does not accept the message's metadata.", "bare")
GONE = Meaning(errors.NotFound, "Somebody deleted the message.", "anew")
FOREIGN = Meaning(errors.Conflict, "The message cannot be edited by this app.", "anew")
TOO_OLD = Meaning(errors.Conflict, "The workspace lets nobody edit messages of this age.", "below")
THROTTLED = Meaning(errors.RateLimited, "The hub waits and goes on by itself.")
UNWELL = Meaning(errors.Unavailable, "Slack is not well; the hub tries again later.")
UNSURE = Meaning(errors.UnknownOutcome, "The hub looks whether the message arrived before it sends it again.")
BELT = Meaning(errors.UnknownOutcome, UNSURE.hint, "beltless")
RETIRED = Meaning(errors.Misconfigured, "Slack has retired this method: update the hub.")
NOBODY = Meaning(errors.NotFound, "Nobody in the workspace has this e-mail address.")
OLD_FILES = Meaning(errors.Invalid, "This concerns files, lists or drafts, which the hub never sends: report it.")

_BY_MEANING: tuple[tuple[Meaning, str], ...] = (
    (TOKEN, "not_authed invalid_auth account_inactive token_revoked token_expired"),
    (BOT_TOKEN, "not_allowed_token_type as_user_not_supported"),
    (SCOPE, "missing_scope no_permission"),
    (
        ADMIN,
        "access_denied accesslimited app_access_restricted ekm_access_denied enterprise_is_restricted "
        "org_login_required team_access_not_granted two_factor_setup_required",
    ),
    (
        POSTING,
        "restricted_action restricted_action_read_only_channel restricted_action_thread_only_channel "
        "posting_to_channel_denied messages_tab_disabled",
    ),
    (CHANNEL, "channel_not_found team_not_found channel_is_limited_access method_not_supported_for_channel_type"),
    (INVITE, "not_in_channel"),
    (ARCHIVED, "is_archived is_inactive"),
    (
        THREAD,
        "cannot_reply_to_message restricted_action_thread_locked restricted_action_non_threadable_channel "
        "thread_not_found",
    ),
    (
        CALL,
        "invalid_arguments invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type "
        "missing_post_type invalid_json json_not_object markdown_text_conflict invalid_cursor invalid_ts_oldest "
        "invalid_ts_latest invalid_metadata_filter_keys cant_broadcast_message no_dual_broadcast_content_update "
        "unknown_method missing_argument",
    ),
    (CONTENT, "no_text too_many_attachments invalid_attachments attachment_payload_limit_exceeded msg_too_long"),
    (BLOCKS, "invalid_blocks invalid_blocks_format msg_blocks_too_long"),
    (
        METADATA,
        "invalid_metadata_format invalid_metadata_schema metadata_too_large metadata_must_be_sent_from_app",
    ),
    (GONE, "message_not_found"),
    (FOREIGN, "cant_update_message block_mismatch"),
    (TOO_OLD, "edit_window_closed"),
    (THROTTLED, "ratelimited rate_limited message_limit_exceeded"),
    (UNWELL, "service_unavailable team_added_to_org external_channel_migrating streaming_state_conflict update_failed"),
    (UNSURE, "internal_error fatal_error request_timeout"),
    (BELT, "duplicate_channel_not_found duplicate_message_not_found"),
    (RETIRED, "deprecated_endpoint method_deprecated"),
    (NOBODY, "users_not_found"),
    (
        OLD_FILES,
        "draft_already_deleted draft_already_sent draft_has_conflict draft_not_found missing_file_data "
        "slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked "
        "slack_connect_lists_sharing_blocked too_many_contact_cards blocked_file_type file_deleted file_is_deleted "
        "file_not_found file_share_limit_reached max_file_sharing_exceeded slack_connect_blocked_file_type "
        "slack_connect_clip_sharing_blocked slack_connect_file_upload_sharing_blocked unable_to_share_files "
        "list_record_comment_fetch_failed",
    ),
)

WORDS: Mapping[str, Meaning] = {word: meaning for meaning, words in _BY_MEANING for word in words.split()}
"""The Web API's words."""
UNKNOWN = Meaning(errors.Invalid, "The hub does not know this answer of Slack: report it with the message.")

RECONNECT = Meaning(errors.Unauthorized, "Make a new incoming webhook in Slack and put its address into webhook_url.")
HOOK_CHANNEL = Meaning(
    errors.Misconfigured, "The webhook's channel is gone or closed: make a new webhook for another one."
)

WEBHOOK_WORDS: Mapping[str, Meaning] = {
    word: meaning
    for meaning, words in (
        (BLOCKS, "invalid_payload invalid_blocks"),
        (CONTENT, "no_text user_not_found too_many_attachments"),
        (RECONNECT, "invalid_token no_service no_active_hooks no_service_id no_team"),
        (ADMIN, "action_prohibited posting_to_general_channel_denied team_disabled"),
        (HOOK_CHANNEL, "channel_not_found channel_is_archived"),
        (THROTTLED, "rate_limited ratelimited"),
        (UNSURE, "rollup_error"),
    )
    for word in words.split()
}
"""The words of incoming webhooks (section 3.1): the word decides, only then the status."""
