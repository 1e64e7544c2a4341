import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.trigger.domain.errors import BrokenRule
from services.trigger.domain.rule_reader import read_rule

SHIPPED = Path(__file__).resolve().parents[3] / "services/trigger/rules/wages-county-industry.v1.yaml"


def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(SHIPPED.read_text("utf-8"))
    return copy.deepcopy(loaded)


@pytest.mark.article(2, 4)
def test_the_shipped_rule_is_three_wage_complaints_of_one_industry_in_one_county_within_30_days() -> None:
    rule = read_rule(document())
    assert rule.when.at_least == 3
    assert rule.when.window_days == 30
    assert set(rule.when.group_by) == {"county", "industry_letter"}
    assert rule.effect.mode == "directed_draw"


def test_a_rule_for_one_subject_is_refused_while_nobody_could_act_on_it() -> None:
    broken = document()
    broken["when"]["group_by"] = ["subject"]
    broken["effect"]["mode"] = "one_subject"
    with pytest.raises(BrokenRule) as refused:
        read_rule(broken)
    assert [field.field for field in refused.value.fields] == ["effect.mode"]


@pytest.mark.parametrize(
    ("part", "key", "value", "field"),
    [
        ("when", "at_least", 0, "when.at_least"),
        ("when", "window_days", "三十", "when.window_days"),
        ("when", "group_by", ["industry_letter"], "when.group_by"),
        ("effect", "mode", "everybody", "effect.mode"),
        ("effect", "unknown", 1, "effect.unknown"),
    ],
)
def test_a_broken_rule_names_the_place(part: str, key: str, value: object, field: str) -> None:
    broken = document()
    broken[part][key] = value
    with pytest.raises(BrokenRule) as refused:
        read_rule(broken)
    assert field in [one.field for one in refused.value.fields]
