"""The features of a run in the lake: exact, explained, and enough to compute the run again."""

import numpy as np
import pytest

from accounts.models import Customer, Picture
from segments import pipeline, snapshots
from segments.features import FEATURES
from segments.models import Membership


def test_a_run_computed_again_from_its_snapshot_has_the_same_memberships(plant, segmented, tmp_path):
    plant()
    run = segmented(seed=3)
    assert run.snapshot_path == f"{tmp_path}/lake/features/run-{run.pk}.parquet"
    Picture.objects.update(mrr=1, tickets_12m=0, nps_last=5)  # the base moves on
    Customer.objects.filter(code__startswith="B").delete()
    frame = snapshots.load(run.pk)
    again = pipeline.search(frame, run.seed, 30, lambda share, step: None, lambda: False)
    passports = dict(Membership.objects.filter(run=run).values_list("customer__code", "segment__passport"))
    label_of = {}
    for code, label in zip(frame.codes, again.clustering.labels.tolist(), strict=True):
        if code in passports:
            label_of.setdefault(passports[code], set()).add(label)
    assert len(frame.codes) == 135
    assert [len(labels) for labels in label_of.values()] == [1, 1]
    found = (
        Membership.objects.filter(run=run).order_by("customer__code").values_list("customer__code", "confidence", "x")
    )
    place = {code: row for row, code in enumerate(frame.codes)}
    for code, confidence, x in found:
        assert round(again.clustering.confidence[place[code]], 4) == confidence
        assert round(float(again.points[place[code], 0]), 4) == x


def test_a_snapshot_keeps_missing_missing_and_says_what_its_columns_meant(plant, segmented):
    plant()
    Picture.objects.filter(customer__code="A0000").update(mrr=None)
    run = segmented()
    frame = snapshots.load(run.pk)
    assert np.isnan(frame.feature("mrr")[frame.codes.index("A0000")])
    assert np.isnan(frame.raw["mrr"]).sum() == 1
    told = {entry["name"]: entry for entry in snapshots.declarations(run.pk)}
    assert list(told) == [feature.name for feature in FEATURES]
    assert told["mrr"]["meaning"] == {"label": "Receita recorrente mensal", "label_en": "Monthly recurring revenue"}
    assert (told["mrr"]["unit"], told["mrr"]["transform"], told["mrr"]["missing_flag"]) == ("BRL", "signed_log", True)


def test_a_snapshot_that_is_gone_says_so(settings, tmp_path):
    settings.LAKE_URL = str(tmp_path)
    with pytest.raises(FileNotFoundError, match="run-9"):
        snapshots.load(9)
