"""A signed webhook: other systems hear of every happening, as data."""

from hub.notify.contract import ChannelKind
from hub.notify.webhook.channel import Webhook, render
from hub.notify.webhook.sandbox import WebhookSandbox
from hub.notify.webhook.settings import WebhookSettings

KIND = ChannelKind(
    kind="webhook",
    title="Webhook",
    style="feed",
    settings=WebhookSettings,
    connect=Webhook,
    abilities=lambda settings: frozenset(),
    windows=lambda settings: (),
    account=lambda settings: settings.url,
    render=render,
    sandbox=WebhookSandbox,
)
