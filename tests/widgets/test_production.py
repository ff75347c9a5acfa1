"""The budget: every sentence and bar against what is counted."""

import re

import pytest

from course_lib import production
from course_lib.experiments.production import reader, transformer_costs
from course_lib.widgets import production as widgets
from course_lib.widgets.production import BATCHES, DEPTHS, LENGTHS, PRECISIONS, WIDTHS, Budget


@pytest.fixture(scope="module")
def own():
    return reader()


def values(spec):
    return [value for _, value in spec["options"]]


def test_every_setting_has_its_sentence(own):
    for demo in (Budget(), Budget(own)):
        for spec in demo.controls:
            for value in values(spec):
                demo.set(**{spec["name"]: value})
                assert demo.error == ""
                assert demo.drawing.startswith("<svg")
                assert not re.search(r"\b(nan|inf)\b", demo.describe() + demo.drawing, re.I)


@pytest.mark.parametrize(
    "size", [(DEPTHS[0], WIDTHS[0], LENGTHS[0]), (32, 4096, 2048), (DEPTHS[-1], WIDTHS[-1], LENGTHS[-1])]
)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_what_is_told_is_what_is_counted(size, precision):
    depth, width, length = size
    demo = Budget(depth=depth, width=width, length=length, precision=precision)
    costs, needs = transformer_costs(*size), demo.needs()
    parameters = sum(cost.parameters for cost in costs)
    between = precision if precision[0] != "i" else "float16"
    cache = production.kv_cache_bytes(depth, width // 64, 64, length, dtype=between)
    assert needs["run"] == production.memory_bytes(parameters, precision) + cache
    assert needs["train"] == 16 * parameters + production.activation_bytes(costs, 1, between)
    assert needs["step"] == 3 * needs["flops"] == 3 * sum(cost.flops for cost in costs)
    assert f"{widgets.told(needs['run'])}; {widgets.fits(needs['run'])}" in demo.describe()
    assert widgets.fits(needs["train"]) in demo.describe()


def test_a_depth_can_be_doubled_as_the_chapter_asks():
    assert 32 in DEPTHS
    assert 64 in DEPTHS
    one, two = Budget(depth=32, width=4096), Budget(depth=64, width=4096)
    assert 1.9 < two.needs()["weights"] / one.needs()["weights"] < 2


def test_bars_end_where_their_numbers_lie():
    demo = Budget(depth=32, width=4096, length=2048)
    needs, chart = demo.needs(), demo._chart(50, 120, (1e2, 1e14))
    ends = [float(x) + float(w) for x, w in re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', demo.drawing)]
    for key in ("weights", "beside", "run", "train"):
        assert min(abs(end - chart.at(needs[key], 0)[0]) for end in ends) < 0.2


def test_the_chapters_answers():
    big = {"depth": 32, "width": 4096, "length": 2048}
    fits = {precision: Budget(**big, precision=precision).needs() for precision in PRECISIONS}
    assert [precision for precision, needs in fits.items() if needs["run"] <= widgets.LAPTOP] == list(PRECISIONS[1:])
    assert all(needs["train"] > widgets.GPU for needs in fits.values())
    assert Budget(**big, precision="float16").needs()["run"] == pytest.approx(14.5e9, rel=0.01)
    weights = Budget(**big).needs()["weights"]
    assert 3.7 < Budget(**{**big, "width": 8192}).needs()["weights"] / weights < 4
    long = Budget(**{**big, "length": 131_072}).needs()
    assert long["beside"] > long["weights"]


def test_your_own_model_is_counted(own):
    demo = Budget(own, batch=8, precision="float32")
    assert [spec["name"] for spec in demo.controls] == ["batch", "precision"]
    assert values(demo.controls[0]) == list(BATCHES)
    assert demo.describe().startswith("4,810 parameters.")
    assert demo.needs()["outputs"] == 8 * 4 * (64 + 64 + 10)
    assert demo.needs()["train"] == 16 * 4_810 + demo.needs()["outputs"]


def test_amounts_are_read_easily():
    assert [widgets.told(n) for n in (12, 19_240, 14e9, 999.9e6, 5.28e12)] == [
        "12 bytes", "19.2 kB", "14 GB", "1000 MB", "5.28 TB"
    ]  # fmt: skip
    assert widgets.counted(4_810) == "4,810"
    assert widgets.counted(6_710_000_000) == "6.71 billion"
    assert widgets.powered(2.87e13) == "2.9 · 10¹³"
