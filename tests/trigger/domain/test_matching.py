"""Names as people report them."""

from dataclasses import replace

import pytest

from services.trigger.domain.category import CATEGORIES, category_of
from services.trigger.domain.matching import Known, Match, Reported
from services.trigger.domain.matching import candidates as ranked
from services.trigger.domain.matching import decide as decide_of
from services.trigger.domain.names import compared, name_key, plain_name, tidy_code

HENGTONG = Known("91410300MA00000001", "洛阳市新安县恒通劳务（洛阳）有限公司", "410323", "L7264", True)
OTHER = Known("91410300MA00000002", "洛阳市洛龙区永昌餐饮有限公司", "410311", "H6210", True)


def decide(name: str, uscc: str, county: str, found: list[Known], address: str = "") -> Match | None:
    """The service's own decision on what was reported."""
    return decide_of(Reported(name, uscc, county, address), found)


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


def test_a_wrong_character_of_the_same_sound_matches_in_the_county_and_nowhere_else() -> None:
    match = decide("新安县恒痛劳务（洛阳）有限公司", "", "410323", [HENGTONG])
    assert match is not None
    assert "读音相同，用字不同" in match.reasons
    assert decide("恒痛劳务（洛阳）有限公司", "", "410311", [HENGTONG]) is None
    assert decide("恒痛劳务（洛阳）有限公司", "", "410300", [HENGTONG]) is None


def test_another_typo_is_left_to_a_clerk_who_sees_the_firm_first() -> None:
    assert decide("新安县恒达劳务（洛阳）有限公司", "", "410323", [HENGTONG]) is None
    best, *_ = ranked(Reported("新安县恒达劳务（洛阳）有限公司", "", "410323"), [OTHER, HENGTONG])
    assert best.subject is HENGTONG


def test_an_abbreviation_matches_only_with_the_same_address() -> None:
    known = replace(HENGTONG, address="洛阳市新安县涧河大道5号")
    assert decide("恒通", "", "410323", [known]) is None
    match = decide("恒通", "", "410323", [known], "新安县涧河大道 5 号院内")
    assert match is not None
    assert "地址相同" in match.reasons
    assert decide("恒通", "", "410323", [known], "新安县涧河大道 15 号") is None


@pytest.mark.parametrize(
    ("reported", "known"),
    [
        ("洛阳宏远建筑有限公司第一分公司", "洛阳宏远建筑有限公司"),
        ("洛阳宏远建筑有限公司", "洛阳宏远建筑有限公司新安分公司"),
        ("洛阳宏远建筑有限公司第一分公司", "洛阳宏远建筑有限公司第二分公司"),
        ("洛阳宏远第一建筑有限公司", "洛阳宏远第二建筑有限公司"),
        ("洛阳东宏远建筑有限公司", "洛阳西宏远建筑有限公司"),
        ("洛阳新源建筑有限公司", "洛阳鑫源建筑有限公司"),
        ("洛阳宏远建筑股份有限公司", "洛阳宏源建筑有限公司"),
    ],
)
def test_a_branch_or_a_neighbour_is_another_firm_even_at_one_address(reported: str, known: str) -> None:
    subject = Known("91410300MA00000007", known, "410323", "E4700", True, {}, "新安县涧河大道5号")
    assert decide(reported, "", "410323", [subject]) is None


def test_two_firms_that_sound_alike_are_left_to_a_clerk() -> None:
    one = Known("91410300MA00000008", "洛阳祥宏商贸有限公司", "410323", "F5190", True)
    two = Known("91410300MA00000009", "洛阳翔宏商贸有限公司", "410323", "F5190", True)
    assert decide("洛阳祥洪商贸有限公司", "", "410323", [one, two]) is None
    assert decide("洛阳祥宏商贸有限公司", "", "410323", [one, two]) is not None


def test_a_name_alone_never_crosses_a_countys_border() -> None:
    assert decide(HENGTONG.name, "", "410311", [HENGTONG]) is None
    assert decide(HENGTONG.name, "", "410300", [HENGTONG]) is not None  # which county is not known


def test_a_code_is_read_as_it_was_meant() -> None:
    assert tidy_code(" 914l0300 ma-OOOO\uff10\uff10\uff10\uff11 ") == "914L0300MA00000001"
    match = decide("", "9141o300 maoooooOO1", "410311", [HENGTONG])
    assert match is not None
    near = decide(HENGTONG.name, "91410300MA00000003", "410323", [HENGTONG])
    assert near is not None
    assert any("仅差" in reason for reason in near.reasons)


def test_the_differences_of_two_names_are_told() -> None:
    ours, theirs = compared("恒痛劳务", "恒通劳务公司")
    assert [part.text for part in ours if not part.same] == ["痛"]
    assert [part.text for part in theirs if not part.same] == ["通", "公司"]


def test_a_code_decides_unless_the_name_says_otherwise() -> None:
    match = decide("恒通劳务", HENGTONG.uscc, "", [HENGTONG])
    assert match is not None
    assert match.score == 100
    assert decide("", HENGTONG.uscc, "", [HENGTONG]) is not None
    assert decide("嵩县宏远矿业集团", HENGTONG.uscc, "", [HENGTONG]) is None


@pytest.mark.parametrize(
    ("reported", "known"),
    [
        ("洛阳宏远建筑有限公司新安分公司", "洛阳宏远建筑有限公司"),
        ("洛阳宏远建筑有限公司", "洛阳宏远建筑有限公司新安分公司"),
        ("洛阳宏远建筑有限公司嵩县分公司", "洛阳宏远建筑有限公司新安分公司"),
        ("洛阳宏远第一建筑有限公司", "洛阳宏远第二建筑有限公司"),
        ("洛阳东宏远建筑有限公司", "洛阳西宏远建筑有限公司"),
    ],
)
def test_a_code_of_a_branch_or_a_neighbour_is_left_to_a_clerk(reported: str, known: str) -> None:
    subject = Known("91410300MA00000007", known, "410323", "E4700", True)
    assert decide(reported, subject.uscc, "410323", [subject]) is None


@pytest.mark.parametrize("told", ["洛阳宏远建筑有限公司", "洛阳弘远建筑有限公司"])
def test_a_code_of_one_firm_with_the_name_of_another_is_left_to_a_clerk(told: str) -> None:
    coded = Known("91330000566997460T", "洛阳宏盛建筑有限公司", "410323", "E4700", True)
    named = Known("91410300MA00000007", "洛阳宏远建筑有限公司", "410323", "E4700", True)
    assert decide(told, coded.uscc, "410323", [coded, named]) is None
    assert decide("洛阳宏盛建筑", coded.uscc, "410323", [coded, named]) is not None


def test_a_firm_that_no_longer_exists_is_left_to_a_clerk() -> None:
    gone = replace(HENGTONG, live=False)
    assert decide(gone.name, "", "410323", [gone]) is None
    assert decide("", gone.uscc, "410323", [gone]) is None
    (shown,) = ranked(Reported(gone.name, "", "410323"), [gone])
    assert "登记状态为非存续" in shown.doubts


def test_a_county_in_brackets_tells_firms_apart() -> None:
    known = Known("91410300MA00000007", "恒通劳务（洛龙）有限公司", "410311", "L7264", True)
    assert decide("恒通劳务（西工）有限公司", "", "410311", [known]) is None
    assert decide("恒通劳务（洛龙区）有限责任公司", "", "410311", [known]) is not None


def test_a_name_with_another_code_is_left_to_a_clerk() -> None:
    assert decide(HENGTONG.name, "91330000566997460T", "410323", [HENGTONG]) is None


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
