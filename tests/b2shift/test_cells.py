"""Cells of tables: they escape what they show and print nothing where there is nothing."""

from django.template.loader import render_to_string

from b2shift.lib import cells
from b2shift.templatetags.b2shift import brl

HOSTILE = "<img src=x onerror=alert(1)>\"'"


def test_every_cell_escapes_what_it_shows():
    for made in (
        cells.badge("good", HOSTILE),
        cells.two_lines(HOSTILE, HOSTILE),
        cells.link(HOSTILE, HOSTILE),
        cells.tick("ids", HOSTILE, HOSTILE),
        cells.tick_all(HOSTILE),
    ):
        assert "<img" not in made
        assert "&lt;img" in made


def test_cells_nest_and_leave_out_an_empty_second_line():
    assert cells.two_lines(cells.link("/a/", "A"), "") == '<a href="/a/">A</a>'
    assert cells.two_lines("A", "b") == 'A<div class="text-secondary small">b</div>'


def test_only_a_long_figure_is_set_smaller():
    def figure(value):
        return render_to_string("_kpi.html", {"label": "MRR", "value": value})

    assert "b2-kpi-long" in figure(brl(123456789.12))
    assert "b2-kpi-long" not in figure(brl(1000))
    assert "b2-kpi-long" not in figure(brl(None))  # a dash, whatever its markup
