"""The browser's verifier: agrees with verify.py on honest draws, and names every manipulation as verify.py does."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from libs.common.canonical import canonical
from services.draw.domain.commitment import Profile
from services.draw.public import verify
from tests.draw import additions
from tests.draw.browser.conftest import Site, publish
from tests.draw.domain.samples import Drawn, roster, rows, whole_draw
from tests.draw.manipulations import MANIPULATIONS, Manipulation, forge
from tests.draw.manipulations_of_draws import OF_DRAWS, Forgery
from tests.draw.manipulations_of_replacements import OF_REPLACEMENTS
from tests.draw.published import arguments_of, failed_in, write
from tests.draw.test_signatures import note

pytestmark = pytest.mark.browser

DONE = "[data-result][data-done]"
PATIENCE = 60_000  # ms
WIDTHS = (390, 1280)


@pytest.fixture(scope="module")
def honest() -> Drawn:
    return whole_draw(rows(700))


@pytest.fixture(scope="module")
def masked() -> Drawn:
    return whole_draw(rows(700), profile=Profile.MASKED)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        left_out = "certificate-" in message.location["url"]  # an edition that a forger withholds
        if message.type in {"error", "warning"} and not left_out:
            complaints.append(message.text)

    one = context.new_page()
    one.on("console", hear)
    one.on("pageerror", lambda error: complaints.append(str(error)))
    yield one
    context.close()
    assert complaints == []


def check_whole(page: Page, site: Site) -> dict[str, str]:
    """Run the whole check; what each check found, by name."""
    page.goto(f"{site.base}/verify")
    page.get_by_role("button", name="开始复核").click()
    page.wait_for_selector(DONE, timeout=PATIENCE)
    return findings(page)


def check_one(page: Page, site: Site, identity: str, firm_salt: str = "") -> dict[str, str]:
    """Check one firm by its code."""
    page.goto(f"{site.base}/verify")
    page.get_by_label("统一社会信用代码").fill(identity)
    if firm_salt:
        page.get_by_label("该户的盐值").fill(firm_salt)
    page.get_by_role("button", name="核对这一户").click()
    page.wait_for_selector(DONE, timeout=PATIENCE)
    return findings(page)


def findings(page: Page) -> dict[str, str]:
    found: list[list[str]] = page.eval_on_selector_all(
        "[data-checks] li", "items => items.map(item => [item.dataset.check, item.dataset.state])"
    )
    return {name: state for name, state in found}  # noqa: C416 - mypy knows no pairs in dict(found)


def failed(found: dict[str, str]) -> set[str]:
    return {name for name, state in found.items() if state == "failed"}


@pytest.mark.article(2, 5)
def test_an_honest_draw_of_the_service_passes_in_the_browser(page: Page, site: Site) -> None:
    found = check_whole(page, site)
    assert failed(found) == set()
    expect(page.get_by_role("status")).to_contain_text("核验通过")
    expect(page.get_by_role("status")).to_contain_text(site.draw_id)


@pytest.mark.article(5, 10)
def test_every_later_edition_of_the_service_passes_in_the_browser_with_all_that_is_published(
    page: Page, site: Site
) -> None:
    for draw_id in (site.changed_id, f"{site.changed_id}-r1"):
        found = check_whole(page, Site(site.url, draw_id, ""))
        assert failed(found) == set()
        parts = {"edition.previous", "fresh", "fresh.replaces"} if draw_id == site.changed_id else {"replaces"}
        assert {found[name] for name in parts} == {"passed"}


def test_both_verifiers_make_the_same_checks_in_the_same_order(
    page: Page, site: Site, honest: Drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = arguments_of(tmp_path, honest)
    publish(page, site, tmp_path)
    found = check_whole(page, site)
    assert verify.main(arguments) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line[0] in "✓✗－"]
    assert list(found) == [line.split("[", 1)[1].split("]", 1)[0] for line in lines]
    assert set(found.values()) == {"passed"}
    shown = page.locator("[data-checks] li > div").all_inner_texts()
    assert [text.split(" ")[0] for text in shown] == [line.split(" ")[1] for line in lines]


@pytest.mark.article(5, 8)
@pytest.mark.parametrize(("manipulate", "name"), MANIPULATIONS, ids=lambda value: getattr(value, "__name__", value))
def test_a_manipulation_is_caught_and_named_in_the_browser(
    page: Page,
    site: Site,
    honest: Drawn,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    manipulate: Manipulation,
    name: str,
) -> None:
    certificate = json.loads(honest.certificate.bytes)
    officers = json.loads(honest.officers)
    pool = forge(manipulate, name, certificate, honest.pool, officers)
    arguments = write(tmp_path, certificate, pool, officers)
    publish(page, site, tmp_path)
    found = failed(check_whole(page, site))
    assert name in found
    expect(page.get_by_role("status")).to_contain_text("核验未通过")
    assert verify.main(arguments) == 1
    assert found == failed_in(capsys.readouterr().out)


@pytest.mark.article(5, 8)
@pytest.mark.parametrize(
    ("forgery", "name"), [*OF_DRAWS, *OF_REPLACEMENTS], ids=lambda one: getattr(one, "__name__", one)
)
def test_a_forgery_of_a_newer_part_is_caught_and_named_in_the_browser(
    page: Page, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], forgery: Forgery, name: str
) -> None:
    arguments = forgery().write(tmp_path)
    publish(page, site, tmp_path)
    found = failed(check_whole(page, site))
    assert name in found
    expect(page.get_by_role("status")).to_contain_text("核验未通过")
    assert verify.main(arguments) == 1
    assert found == failed_in(capsys.readouterr().out)


@pytest.mark.parametrize(
    "make",
    [
        additions.with_beacon, additions.sealed, additions.with_cells, additions.order_only, additions.long_lists,
        additions.replaced, additions.refreshed,
    ],
    ids=lambda make: make.__name__,
)  # fmt: skip
def test_the_newer_parts_pass_with_the_same_checks_in_the_same_order(
    page: Page, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Forgery
) -> None:
    arguments = make().write(tmp_path)
    publish(page, site, tmp_path)
    found = check_whole(page, site)
    assert verify.main(arguments) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line[0] in "✓✗－"]
    assert list(found) == [line.split("[", 1)[1].split("]", 1)[0] for line in lines]
    assert set(found.values()) == {"passed"}


@pytest.mark.article(8)
def test_a_firm_learns_in_the_browser_that_it_was_struck_off(page: Page, site: Site, tmp_path: Path) -> None:
    files = additions.replaced()
    files.write(tmp_path)
    publish(page, site, tmp_path)
    entries = files.certificate["replacements"]
    page.set_viewport_size({"width": WIDTHS[0], "height": 844})
    found = check_one(page, site, entries[0]["subject"])
    assert failed(found) == set()
    words = page.locator("[data-words]")
    expect(words).to_contain_text("已作废（名录时点前已注销）")
    expect(words).to_contain_text(f"由 {entries[2]['taken'][0]} 补入")
    expect(page.locator("[data-progress]")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[0]


@pytest.mark.article(5)
def test_a_fresh_draw_is_checked_by_itself_against_the_right_edition_of_its_parent(
    page: Page, site: Site, tmp_path: Path
) -> None:
    parent = additions.refreshed()
    fresh = parent.fresh[0]
    fresh.write(tmp_path)
    parent.fresh = []
    parent.write(tmp_path / fresh.certificate["commit"]["replaces"]["draw_id"])
    publish(page, site, tmp_path)
    found = check_whole(page, site)
    assert found["replaces"] == "passed"
    assert failed(found) == set()


def test_the_log_key_is_checked_in_the_browser(page: Page, site: Site, tmp_path: Path) -> None:
    files = additions.plain()
    log = files.certificate["log"]
    root = base64.b64encode(bytes.fromhex(log["root_hash"])).decode()
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    log["checkpoint"], key = note("log.example", private, f"log.example\n5\n{root}\n")
    files.write(tmp_path)
    publish(page, site, tmp_path)
    for noted, state in ((key, "passed"), (key[:-1] + "A", "failed")):
        page.goto(f"{site.base}/verify")
        page.get_by_text("公开日志的公钥？").click()
        page.get_by_label("公开日志的公钥", exact=True).fill(noted)
        page.get_by_role("button", name="开始复核").click()
        page.wait_for_selector(DONE, timeout=PATIENCE)
        assert findings(page)["log.signature"] == state


@pytest.mark.parametrize("text", ["", "{", '{"a":1,"a":2}', "[]", "{}", '{"type":1.5}'])
def test_a_file_that_is_no_certificate_never_passes(
    page: Page, site: Site, honest: Drawn, tmp_path: Path, text: str
) -> None:
    arguments_of(tmp_path, honest)
    (tmp_path / "certificate.json").write_text(text)
    publish(page, site, tmp_path)
    check_whole(page, site)
    assert page.locator("[data-result]").get_attribute("data-done") == "bad"


@pytest.mark.article(6)
def test_a_masked_draw_says_what_it_can_not_check(page: Page, site: Site, masked: Drawn, tmp_path: Path) -> None:
    arguments_of(tmp_path, masked)
    publish(page, site, tmp_path)
    found = check_whole(page, site)
    assert failed(found) == set()
    assert found["selected"] == "skipped"
    assert found["pool.root"] == found["assignments"] == "passed"


@pytest.mark.parametrize(("count", "per_county", "cap"), [(1, 6, 40), (257, 3, 12), (120, 2, 14)])
def test_browser_and_service_agree_when_pools_are_small_and_officers_scarce(
    page: Page, site: Site, tmp_path: Path, count: int, per_county: int, cap: int
) -> None:
    pool = rows(count + 1)
    arguments_of(tmp_path, whole_draw(pool, roster(pool, per_county, cap), dice=f"{count:06d}"))
    publish(page, site, tmp_path)
    assert failed(check_whole(page, site)) == set()


def test_a_commitment_noted_before_the_draw_exposes_a_second_one(page: Page, site: Site) -> None:
    page.goto(f"{site.base}/verify")
    page.get_by_text("事先记下过承诺摘要").click()
    page.get_by_label("承诺摘要", exact=True).fill("0" * 64)
    page.get_by_role("button", name="开始复核").click()
    page.wait_for_selector(DONE)
    assert failed(findings(page)) == {"commit"}


@pytest.mark.article(8)
def test_a_firm_is_checked_by_its_code_with_its_page_alone(page: Page, site: Site) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    certificate = page.request.get(f"{site.base}/certificate.json").json()
    drawn = certificate["selected"][0][0]
    found = check_one(page, site, drawn.lower())
    assert failed(found) == set()
    assert found["proof"] == found["company"] == "passed"
    expect(page.locator("[data-words]")).to_contain_text("已抽中")
    assert not any(url.endswith("pool.tsv") for url in fetched)
    check_one(page, site, "91410311MB99999999")
    expect(page.locator("[data-words]")).to_contain_text("不在待抽名录中")


def test_a_mistyped_code_is_explained_at_its_field(page: Page, site: Site) -> None:
    page.goto(f"{site.base}/verify")
    page.get_by_label("统一社会信用代码").fill("12 34")
    page.get_by_role("button", name="核对这一户").click()
    expect(page.get_by_role("alert")).to_contain_text("8 至 22 位")
    expect(page.get_by_label("统一社会信用代码")).to_be_focused()


def test_a_firm_opens_its_own_masked_row_in_the_browser(page: Page, site: Site) -> None:
    certificate = page.request.get(f"{site.base}/certificate.json").json()
    assert certificate["commit"]["profile"] == "masked"
    found = check_one(page, site, certificate["selected"][0][0], "0" * 64)
    assert failed(found) == {"company.salt"}


def test_without_javascript_the_firm_is_still_found(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{site.base}/verify")
    expect(page.get_by_text("verify.py").first).to_be_visible()
    page.get_by_label("统一社会信用代码").fill("91410311ma00000007")
    page.get_by_role("button", name="核对这一户").click()
    page.wait_for_url("**/proof/91410311MA00000007")
    expect(page.get_by_role("heading", name="在名录中的证明")).to_be_visible()
    context.close()


def test_the_hash_written_by_hand_agrees_with_webcrypto_and_python(page: Page, site: Site) -> None:
    page.goto(f"{site.base}/verify")
    agree = page.evaluate(
        """async () => {
            const { sha256, digest, Tickets } = await import("/draw/static/verify/sha256.js");
            const { hex } = await import("/draw/static/verify/bytes.js");
            for (let length = 0; length < 300; length += 1) {
                const bytes = crypto.getRandomValues(new Uint8Array(length));
                if (hex(sha256(bytes)) !== hex(await digest(bytes))) return `length ${length}`;
            }
            const tickets = new Tickets("0123456789abcdef0123456789abcdef");
            tickets.of("91110875000022L9J2");
            return tickets.hex();
        }"""
    )
    assert agree == "ddf46fcb55a1dc213520d7a5830173e6c8bb54359dceafe15a644d04a22976bd"


def test_canonical_json_in_the_browser_is_that_of_rfc_8785(page: Page, site: Site) -> None:
    page.goto(f"{site.base}/verify")
    document: dict[str, object] = {"\u20ac": [1, 0, True], "\U0001f600": None, "\ufb33": "\u000f\n", "1": {}}
    text = page.evaluate(
        """async (text) => {
            const { canonical, parse } = await import("/draw/static/verify/canonical.js");
            return canonical(parse(text));
        }""",
        json.dumps(document, indent=1),
    )
    assert text == canonical(document).decode()
    assert list(json.loads(text)) == ["1", "\u20ac", "\U0001f600", "\ufb33"]  # by UTF-16 units


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["verify", "proof", "draw", "how", "draws", "fairness", "why"])
def test_public_pages_are_accessible_and_fit_the_screen(
    page: Page, site: Site, pictures: Path, name: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    if name == "verify":
        check_whole(page, site)
    else:
        identity = "91410311MA00000007"
        addresses = {
            "proof": f"{site.base}/proof/{identity}",
            "draw": site.base,
            "how": f"{site.url}/public/verify",
            "draws": f"{site.url}/public/draws",
            "fairness": f"{site.url}/public/fairness",
            "why": f"{site.url}/public/why",
        }
        page.goto(addresses[name])
    page.screenshot(path=pictures / f"draw-{name}-{width}.png", full_page=True)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
