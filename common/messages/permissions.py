"""What it takes to see and change what is not one's own; `accounts.roles` names the same words and says who may."""

VIEW_MESSAGES = "common.view_messages"
MANAGE_WEBHOOKS = "common.manage_webhooks"
DISABLE_WEBHOOKS = "common.disable_webhooks"
KEEP_CALENDAR = "common.keep_calendar"
