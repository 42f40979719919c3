"""Addresses of campaigns: pages and API."""

from django.urls import URLPattern, URLResolver, path

from campaigns import public
from campaigns.views import catalogue, mailbox, panels, policies, tasks

urlpatterns: list[URLPattern | URLResolver] = [
    path("offers/", catalogue.offers, name="offers"),
    path("offers/new/", catalogue.offer_form, name="offer-new"),
    path("offers/<slug:code>/", catalogue.offer, name="offer"),
    path("offers/<slug:code>/edit/", catalogue.offer_form, name="offer-edit"),
    path("offers/<slug:code>/active/", catalogue.offer_active, name="offer-active"),
    path("strategies/", catalogue.strategies, name="strategies"),
    path("strategies/new/", catalogue.strategy_form, name="strategy-new"),
    path("strategies/<slug:code>/", catalogue.strategy, name="strategy"),
    path("strategies/<slug:code>/edit/", catalogue.strategy_form, name="strategy-edit"),
    path("strategies/<slug:code>/active/", catalogue.strategy_active, name="strategy-active"),
    path("policies/", policies.policy_list, name="policies"),
    path("policies/prepare/", policies.policy_prepare, name="policy-prepare"),
    path("policies/<int:number>/", policies.policy, name="policy"),
    path("policies/<int:number>/rules/<str:kind>/", policies.policy_rule, name="policy-rule"),
    path("policies/<int:number>/unit-rule/", policies.policy_unit_rule, name="policy-unit-rule"),
    path("policies/<int:number>/remove/<int:rule>/", policies.policy_remove_rule, name="policy-remove-rule"),
    path("policies/<int:number>/publish/", policies.policy_publish, name="policy-publish"),
    path("policies/<int:number>/discard/", policies.policy_discard, name="policy-discard"),
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
