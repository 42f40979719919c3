"""Addresses of segments: pages and API."""

from django.urls import URLPattern, URLResolver, path

from segments import api, api_rules, api_scores
from segments.views import catalog, features, history, naming, rules, runs, schedule, scores, segments

urlpatterns: list[URLPattern | URLResolver] = [
    path("segments/", segments.segments, name="segments"),
    path("segments/map/", segments.segment_map, name="segment-map"),
    path("segments/panel/<str:code>/", segments.customer_segment_panel, name="customer-segment-panel"),
    path("segments/features/<str:name>/", catalog.dataset_features, name="segment-features"),
    path("segments/features/", features.feature_list, name="features"),
    path("segments/flows/", history.flows, name="flows"),
    path("segments/compare/", history.compare, name="compare"),
    path("segments/runs/", runs.runs, name="runs"),
    path("segments/runs/start/", runs.run_start, name="run-start"),
    path("segments/runs/schedule/", schedule.schedule, name="schedule"),
    path("segments/runs/<int:run_id>/", runs.run, name="run"),
    path("segments/runs/<int:run_id>/cancel/", runs.run_cancel, name="run-cancel"),
    path("segments/rules/", rules.rules, name="rules"),
    path("segments/rules/new/", rules.rule_new, name="rule-new"),
    path("segments/rules/<str:passport>/", rules.rule, name="rule"),
    path("segments/rules/<str:passport>/edit/", rules.rule_edit, name="rule-edit"),
    path("segments/rules/<str:passport>/archive/", rules.rule_archive, name="rule-archive"),
    path("segments/rules/<str:passport>/count/", rules.rule_count, name="rule-count"),
    path("segments/scores/", scores.scores, name="scores"),
    path("segments/scores/train/", scores.scores_train, name="scores-train"),
    path("segments/scores/<slug:slug>/", scores.score_model, name="score-model"),
    path("segments/<str:passport>/", segments.segment, name="segment"),
    path("segments/<str:passport>/rename/", naming.segment_rename, name="segment-rename"),
    path("segments/<str:passport>/ask-name/", naming.segment_ask_name, name="segment-ask-name"),
    path("segments/<str:passport>/overlap/", rules.segment_overlap, name="segment-overlap"),
    path("segments/<str:passport>/uses/", rules.segment_uses, name="segment-uses"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("segments/", api.SegmentList.as_view(), name="api-segments"),
    path("segments/rules/", api_rules.RuleList.as_view(), name="api-rules"),
    path("segments/rules/fields/", api_rules.RuleFields.as_view(), name="api-rule-fields"),
    path("segments/rules/preview/", api_rules.RulePreview.as_view(), name="api-rule-preview"),
    path("segments/rules/<str:passport>/", api_rules.RuleDetail.as_view(), name="api-rule"),
    path("segments/rules/<str:passport>/archive/", api_rules.RuleArchive.as_view(), name="api-rule-archive"),
    path("segments/rules/<str:passport>/count/", api_rules.RuleCount.as_view(), name="api-rule-count"),
    path("segments/<str:passport>/", api.SegmentDetail.as_view(), name="api-segment"),
    path("segments/<str:passport>/members/", api.SegmentMembers.as_view(), name="api-segment-members"),
    path("segments/<str:passport>/uses/", api_rules.SegmentUses.as_view(), name="api-segment-uses"),
    path(
        "segments/<str:passport>/overlap/<str:other>/", api_rules.SegmentOverlap.as_view(), name="api-segment-overlap"
    ),
    path("score-models/", api_scores.ScoreModelList.as_view(), name="api-score-models"),
    path("score-models/<slug:slug>/", api_scores.ScoreModelDetail.as_view(), name="api-score-model"),
    path("customers/<str:code>/scores/", api_scores.CustomerScores.as_view(), name="api-customer-scores"),
    path("runs/", api.RunList.as_view(), name="api-runs"),
    path("runs/<int:run_id>/", api.RunDetail.as_view(), name="api-run"),
]
