from django.urls import path

from common.messages import pages, webhook_pages

app_name = "messages"
urlpatterns = [
    path("", pages.InboxPage.as_view(), name="inbox"),
    path("read/", pages.ReadAllPage.as_view(), name="read_all"),
    path("<uuid:public_id>/read/", pages.ReadPage.as_view(), name="read"),
    path("preferences/", pages.PreferencesPage.as_view(), name="preferences"),
    path("deliveries/", pages.DeliveryLogPage.as_view(), name="deliveries"),
    path("deliveries/<uuid:public_id>/again/", pages.SendAgainPage.as_view(), name="send_again"),
    path("webhooks/", webhook_pages.WebhookListPage.as_view(), name="webhooks"),
    path("webhooks/new/", webhook_pages.CreateWebhookPage.as_view(), name="create_webhook"),
    path("webhooks/<uuid:public_id>/", webhook_pages.WebhookPage.as_view(), name="webhook"),
    path("webhooks/<uuid:public_id>/change/", webhook_pages.ChangeWebhookPage.as_view(), name="change_webhook"),
    path("webhooks/<uuid:public_id>/secret/", webhook_pages.RotateSecretPage.as_view(), name="rotate_webhook"),
    path("webhooks/<uuid:public_id>/disable/", webhook_pages.DisableWebhookPage.as_view(), name="disable_webhook"),
    path("webhooks/<uuid:public_id>/test/", webhook_pages.TryWebhookPage.as_view(), name="try_webhook"),
]
