"""Names as people report them."""

import pytest

from services.trigger.domain.category import CATEGORIES, category_of
from services.trigger.domain.matching import Known, candidates, decide, name_key, plain_name

HENGTONG = Known("91410300MA00000001", "洛阳市新安县恒通劳务（洛阳）有限公司", "410323", "L7264", True)
OTHER = Known("91410300MA00000002", "洛阳市洛龙区永昌餐饮有限公司", "410311", "H6210", True)


@pytest.mark.parametrize(
    "reported",
    [
        "洛阳市新安县恒通劳务（洛阳）有限公司",
        "洛阳市新安县恒通劳务(洛阳)有限责任公司",
        "新安县恒通劳务洛阳有限公司",
        "恒通劳务（洛阳）有限公司",
        "河南省洛阳市新安县恒通劳务 （洛阳） 有限公司",
        "新安恒通劳务【洛阳】有限公司",
    ],
)
def test_a_name_written_another_way_is_the_same(reported: str) -> None:
    match = decide(reported, "", "410323", [HENGTONG])
    assert match is not None
    assert match.subject is HENGTONG
    assert match.reasons


def test_a_name_in_another_county_is_not_the_same() -> None:
    assert decide("洛阳市洛龙区恒通劳务（洛阳）有限公司", "", "410311", [HENGTONG]) is None


def test_a_typo_is_left_to_a_clerk_who_sees_the_firm_first() -> None:
    assert decide("新安县恒痛劳务（洛阳）有限公司", "", "410323", [HENGTONG]) is None
    best, *_ = candidates("新安县恒痛劳务（洛阳）有限公司", "", "410323", [OTHER, HENGTONG])
    assert best.subject is HENGTONG


def test_a_code_decides_unless_the_name_says_otherwise() -> None:
    match = decide("恒通劳务", HENGTONG.uscc, "", [HENGTONG])
    assert match is not None
    assert match.score == 100
    assert decide("", HENGTONG.uscc, "", [HENGTONG]) is not None
    assert decide("嵩县宏远矿业集团", HENGTONG.uscc, "", [HENGTONG]) is None


def test_a_name_with_another_code_is_left_to_a_clerk() -> None:
    assert decide(HENGTONG.name, "91410300MA00000009", "410323", [HENGTONG]) is None


def test_two_firms_of_one_name_are_left_to_a_clerk_unless_the_county_tells_them_apart() -> None:
    a = Known("91410300MA00000003", "新安县宏远建筑有限公司", "410323", "E4700", True)
    b = Known("91410300MA00000004", "洛龙区宏远建筑有限公司", "410311", "E4700", True)
    assert decide("宏远建筑有限公司", "", "410300", [a, b]) is None
    match = decide("宏远建筑有限公司", "", "410311", [a, b])
    assert match is not None
    assert match.subject is b
    twin = Known("91410300MA00000005", "新安县宏远建筑有限公司", "410323", "E4700", True)
    assert decide("新安县宏远建筑有限公司", "", "410323", [a, twin]) is None


def test_nothing_named_matches_nothing() -> None:
    assert decide("", "", "410323", []) is None


def test_names_lose_what_varies_and_nothing_else() -> None:
    assert plain_name("恒通（洛阳）股份有限责任公司") == "恒通洛阳股份有限公司"
    assert name_key("洛阳高新技术产业开发区铭德科技有限公司") == "铭德科技有限公司"
    assert name_key("区域发展有限公司") == "区域发展有限公司"
    assert name_key("老城烟酒") == "老城烟酒"


@pytest.mark.parametrize(
    ("path", "category"),
    [
        (["劳动和社会保障", "劳动关系", "拖欠工资"], "工资支付和最低工资标准"),
        (["劳动和社会保障", "社会保险"], "社会保险"),
        (["农民工", "工资专用账户"], "工程建设领域“五项制度”"),
        (["城市管理", "占道经营"], "其他"),
    ],
)
def test_a_platforms_path_becomes_an_item_category(path: list[str], category: str) -> None:
    assert category_of(path) == category
    assert category in CATEGORIES
