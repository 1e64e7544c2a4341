"""A newcomer finds the code and the tests of each article by docs/articles.md."""

import pytest

from deploy import articles

COLLECTED = articles.collect()


@pytest.mark.parametrize("article", range(2, 17))
def test_every_article_has_code_and_tests(article: int) -> None:
    assert COLLECTED[article].code, "no code cites it"
    assert COLLECTED[article].tests, "no test is marked with it"


def test_the_checked_in_index_is_up_to_date() -> None:
    assert articles.FILE.read_text("utf-8") == articles.text(), "run make articles"


def test_citations_are_read_as_people_write_them() -> None:
    assert articles.cited("（细则第二条、第四条）和细则第七条第六项") == {2, 4, 7}
    assert articles.cited("（细则第五至八条）") == {5, 6, 7, 8}
    assert articles.cited("细则第十条；细则第十六条") == {10, 16}
    assert articles.cited("其他规定第三条") == set()
