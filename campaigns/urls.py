"""Addresses of campaigns: pages and API."""

from django.urls import URLPattern, URLResolver, path

from campaigns import public
from campaigns.views import mailbox, panels, tasks

urlpatterns: list[URLPattern | URLResolver] = [
    path("tasks/", tasks.call_tasks, name="call-tasks"),
    path("tasks/<int:pk>/", tasks.call_task, name="call-task"),
    path("outbox/", mailbox.mail_list, name="mailbox"),
    path("outbox/<str:stem>/", mailbox.mail, name="mailbox-mail"),
    path("outbox/<str:stem>/html/", mailbox.mail_html, name="mailbox-html"),
    path("campaigns/panel/<str:code>/", panels.customer_campaigns, name="customer-campaign-panel"),
    path("r/<uuid:message>/", public.answer, name="answer"),
    path("u/<uuid:message>/", public.unsubscribe, name="unsubscribe"),
    path("o/<uuid:message>.gif", public.opened, name="open"),
    path("c/<uuid:message>/<slug:link>/", public.click, name="click"),
]
api_patterns: list[URLPattern | URLResolver] = []
