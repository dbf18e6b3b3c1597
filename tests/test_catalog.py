from __future__ import annotations

import hashlib
import sqlite3
import threading
from dataclasses import replace

import pytest

from rag.catalog import Catalog
from rag.database import MIGRATIONS
from rag.errors import ArchiveBusyError, ArchiveError, InputError, NotFoundError
from rag.intake.chunk import chunk
from rag.types import Article, Filter, Listing

TEXT = (
    "The ferry ran aground on Sunday. 212 passengers were on board.\n\nNobody was hurt, the port said — “a wonder” 🚢."
)


def article(id="ferry", text=TEXT, **values):
    return Article(id=id, text=text, content_hash=hashlib.sha256(text.encode()).hexdigest(), **values)


def put(catalog, *articles):
    for item in articles:
        catalog.put(item, chunk(item))


@pytest.fixture
def catalog(tmp_path):
    with Catalog.open(tmp_path / "catalog.sqlite3") as catalog:
        yield catalog


def test_an_article_comes_back_as_it_was_put(catalog):
    item = article(
        title="Aground",
        outlet="Coast Post",
        published_at="2019-03-05",
        published_at_source="metadata",
        url="https://example.org/a",
        language="en",
        path="/articles/ferry.txt",
        ingested_at="2026-01-01T00:00:00+00:00",
        outlet_source="url",
        authors=("Ann Lee", "Bo Ek"),
    )
    put(catalog, item)
    assert catalog.article("ferry") == item
    assert catalog.articles() == [item]
    assert catalog.passages() == catalog.passages_of(item.content_hash) == chunk(item)
    for passage in catalog.passages():
        assert item.text[passage.start : passage.end] == passage.text


def test_it_is_all_there_after_reopening(tmp_path):
    item = article()
    with Catalog.open(tmp_path / "c") as catalog:
        put(catalog, item)
    with Catalog.open(tmp_path / "c", read_only=True) as catalog:
        assert catalog.articles() == [item]
        assert catalog.check() == []


def test_passages_must_stand_in_the_text(catalog):
    item = article()
    wrong = replace(chunk(item)[0], text="something else")
    with pytest.raises(ValueError, match="does not stand"):
        catalog.put(item, [wrong])
    assert catalog.articles() == []


def test_copies_share_passages_and_the_earliest_stands_for_them(catalog):
    put(
        catalog,
        article("undated"),
        article("later", published_at="2019-03-07"),
        article("b", published_at="2019-03-05"),
        article("a", published_at="2019-03-05"),
    )
    content = article().content_hash
    assert [a.id for a in catalog.articles_by_content(content)] == ["a", "b", "later", "undated"]
    assert len(catalog.passages()) == len(chunk(article()))
    assert catalog.stats()["articles"] == 4
    assert catalog.stats()["distinct_texts"] == 1


def test_removing_one_of_two_copies_keeps_the_text(catalog):
    put(catalog, article("a"), article("b"))
    catalog.remove("a")
    assert len(catalog.passages()) == len(chunk(article()))
    catalog.remove("b")
    assert catalog.passages() == catalog.articles() == []
    assert catalog.passage_ids() == catalog.titles() == {}


def test_a_changed_article_leaves_nothing_of_the_old_one(catalog):
    put(catalog, article())
    put(catalog, article(text="Quite another story now."))
    assert [p.text for p in catalog.passages()] == ["Quite another story now."]


def test_unknown_ids(catalog):
    with pytest.raises(NotFoundError, match="articles list"):
        catalog.article("nobody")
    with pytest.raises(NotFoundError):
        catalog.remove("nobody")
    assert catalog.passages(["nothing"]) == []
    assert catalog.articles(["nobody"]) == []


def test_a_failed_transaction_changes_nothing(catalog):
    with pytest.raises(RuntimeError), catalog.transaction():
        put(catalog, article())
        raise RuntimeError
    assert catalog.articles() == []
    assert catalog.changes() == 0


def test_filters(catalog):
    put(
        catalog,
        article("early", "Early news.", outlet="Coast Post", published_at="2019-03-05"),
        article("late", "Late news.", outlet="Herald", published_at="2020-01-01"),
        article("undated", "News of some day.", outlet="Herald"),
    )

    def ids(**values):
        return sorted(i for group in catalog.allowed(Filter(**values)).values() for i in group)

    assert ids() == ["early", "late", "undated"]
    assert (catalog.undated(), catalog.undated(["Coast Post"])) == (1, 0)
    assert ids(as_of="2019-12-31") == ["early"]
    assert ids(as_of="2019-03-05") == ["early"]
    assert ids(since="2019-03-05") == ["early", "late"]
    assert ids(until="2020-01-01") == ["early", "late"]
    assert ids(since="2019-03-06", until="2019-12-31") == []
    assert ids(sources=("Herald",)) == ["late", "undated"]
    assert ids(sources=("Herald",), until="2021-01-01") == ["late"]


def test_a_filter_s_last_day_is_whole(catalog):
    put(catalog, article("noon", published_at="2019-03-05T12:00:00"))
    assert catalog.extent(Filter(until="2019-03-05")) == (1, "2019-03-05")
    assert catalog.extent(Filter(until="2019-03-04")) == (0, None)
    assert catalog.extent(Filter(since="2019-03-05")) == (1, "2019-03-05")


def test_lists_come_page_by_page(catalog):
    put(
        catalog,
        article("a", "One story.", title="Ferry aground", outlet="Küstenpost", published_at="2019-03-05"),
        article("b", "Two stories here.", title="Mayor resigns", outlet="Herald", published_at="2020-01-01"),
        article("c", "Three.", title="Ferry refloated", outlet="Herald"),
        article("d", "One story.", outlet="Herald", published_at="2018-01-01"),
    )

    def ids(**values):
        return [row.id for row in catalog.articles_page(Listing(**values)).articles]

    assert ids() == ["a", "b", "c", "d"]
    assert ids(limit=None, sort="-id") == ["d", "c", "b", "a"]
    assert ids(sort="published") == ["d", "a", "b", "c"]
    assert ids(sort="-published") == ["b", "a", "d", "c"]
    assert ids(sort="title") == ["a", "c", "b", "d"]
    assert ids(search="FERRY") == ["a", "c"]
    assert ids(search="ferry kustenpost") == ids(search="Küsten") == ["a"]
    assert ids(undated=True) == ["c"]
    assert ids(filter=Filter(sources=("Herald",), since="2019-01-01")) == ["b"]
    page = catalog.articles_page(Listing(offset=1, limit=2))
    assert (page.total, page.offset, [row.id for row in page.articles]) == (4, 1, ["b", "c"])
    assert (page.articles[0].words, page.articles[0].passages, page.articles[0].copies) == (3, 1, 0)
    assert catalog.articles_page(Listing(offset=9)).articles == ()
    with pytest.raises(InputError, match="sorted"):
        ids(sort="id; DROP TABLE articles")


def test_articles_of_one_text_are_one_cluster(catalog):
    put(catalog, article("a"), article("b"), article("c", "Another story."))
    assert [row.id for row in catalog.copies_of("a")] == ["b"]
    assert catalog.copies_of("c") == []
    assert catalog.articles_page(Listing()).articles[0].copies == 1
    one, other = article().content_hash, article("c", "Another story.").content_hash
    clusters = catalog.cluster_of([one, other, "nothing"])
    assert clusters.keys() == {one, other}
    assert clusters[one] != clusters[other]
    with pytest.raises(NotFoundError):
        catalog.copies_of("nobody")


def test_every_passage_comes_with_what_filters_need(catalog):
    put(catalog, article("a", outlet="Herald"), article("b", outlet="Post", published_at="2019-03-05T10:00:00"))
    rows = catalog.passage_rows()
    passage, content = chunk(article())[0].id, article().content_hash
    assert rows == [(passage, content, content, "2019-03-05", "Post"), (passage, content, content, None, "Herald")]


def test_retitled_texts_are_known_until_marked(catalog):
    item = article(title="Old")
    put(catalog, item)
    assert catalog.retitled() == {item.content_hash}
    catalog.mark_indexed(catalog.titles())
    assert catalog.retitled() == set()
    put(catalog, replace(item, title="New"))
    assert catalog.retitled() == {item.content_hash}


def test_stats(catalog):
    assert catalog.stats()["articles"] == 0
    put(
        catalog,
        article("a", outlet="Herald", published_at="2019-03-05", language="en", ingested_at="2026-01-01T10:00:00Z"),
        article("b", text="Una noticia.", outlet="Herald", language="es", published_at="2020-01-01"),
        article("c", text="Short."),
        article("d", text="Short."),
    )
    stats = catalog.stats()
    assert (stats["articles"], stats["distinct_texts"], stats["clusters"]) == (4, 3, 1)
    assert sum(stats["dates"].values()) == 4
    assert stats["outlets"] == {"Herald": 2}
    assert stats["languages"] == {"en": 1, "es": 1, "unknown": 2}
    assert (stats["first_published_at"], stats["last_published_at"]) == ("2019-03-05", "2020-01-01")
    assert stats["last_ingest"] == "2026-01-01T10:00:00Z"


def test_stats_follow_every_change_here_and_in_another_process(tmp_path):
    path = tmp_path / "catalog.sqlite3"
    with Catalog.open(path) as one, Catalog.open(path, read_only=True) as two:
        put(one, article("a"))
        assert one.stats()["articles"] == two.stats()["articles"] == 1
        put(one, article("b", text="Other."))
        assert one.stats()["articles"] == two.stats()["articles"] == 2
        one.remove("a")
        assert one.stats()["articles"] == two.stats()["articles"] == 1


def test_a_missing_archive_names_the_remedy(tmp_path):
    with pytest.raises(ArchiveError, match=r"There is no archive at .*copydesk ingest PATH"):
        Catalog.open(tmp_path / "catalog.sqlite3", read_only=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("damage", ["garbage", "cut", "start", "other"])
def test_a_damaged_catalog_is_reported_and_left_alone(tmp_path, damage, read_only):
    path = tmp_path / "catalog.sqlite3"
    with Catalog.open(path) as catalog:
        for number in range(40):
            put(catalog, article(f"a{number}", f"{TEXT} {number}"))
    data = path.read_bytes()
    if damage == "garbage":
        path.write_bytes(b"This is no database at all. " * 200)
    elif damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "start":
        path.write_bytes(b"\x00" * 100 + data[100:])
    else:
        path.unlink()
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE recipes (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(ArchiveError, match=r"damaged.*left as it is.*copydesk rebuild"):
        Catalog.open(path, read_only=read_only)
    assert path.read_bytes() == before


def test_damage_inside_is_found_by_the_check(tmp_path):
    path = tmp_path / "catalog.sqlite3"
    with Catalog.open(path) as catalog:
        for number in range(200):
            put(catalog, article(f"a{number}", f"{TEXT} {number}"))
    data = bytearray(path.read_bytes())
    for page in range(len(data) // 4096 // 2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    path.write_bytes(data)
    with Catalog.open(path, read_only=True) as catalog:
        problems = catalog.check()
    assert problems
    assert all("damaged" in problem and "copydesk" in problem for problem in problems)


def test_an_emptied_catalog_beside_an_index_is_not_taken_for_a_new_one(tmp_path):
    (tmp_path / "index").mkdir()
    (tmp_path / "catalog.sqlite3").touch()
    with pytest.raises(ArchiveError, match="empty"):
        Catalog.open(tmp_path / "catalog.sqlite3")


def test_a_catalog_of_a_later_version_is_refused(tmp_path):
    path = tmp_path / "catalog.sqlite3"
    Catalog.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    for read_only in (True, False):
        with pytest.raises(ArchiveError, match=r"later version.*Update Copydesk"):
            Catalog.open(path, read_only=read_only)


def test_names_are_found_without_the_letters_that_a_keyboard_lacks(catalog):
    names = {"a": "Sørli wins", "b": "Łódź and Đakovo", "c": "Straße in Þingvellir", "d": "Ærø’s cœur"}
    put(catalog, *(article(id, f"{title}.", title=title) for id, title in names.items()))
    wanted = {"sorli": "a", "SØRLI": "a", "lodz dak": "b", "strasse thing": "c", "aero coeur": "d"}
    for word, id in wanted.items():
        assert [row.id for row in catalog.articles_page(Listing(search=word)).articles] == [id]


def test_migrations_bring_an_older_catalog_up_to_date(tmp_path, monkeypatch):
    path = tmp_path / "catalog.sqlite3"
    with Catalog.open(path) as catalog:
        put(catalog, article())

    def add_column(connection):
        connection.execute("ALTER TABLE articles ADD COLUMN author TEXT")

    monkeypatch.setattr("rag.database.MIGRATIONS", (*MIGRATIONS, add_column))
    with pytest.raises(ArchiveError, match="earlier version"):
        Catalog.open(path, read_only=True)
    with Catalog.open(path) as catalog:
        assert catalog.article("ferry").text == TEXT
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)
        assert connection.execute("SELECT author FROM articles").fetchall() == [(None,)]
    connection.close()


def test_a_migration_that_fails_leaves_the_catalog_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "catalog.sqlite3"
    with Catalog.open(path) as catalog:
        put(catalog, article())

    def fail(connection):
        connection.execute("ALTER TABLE articles ADD COLUMN author TEXT")
        connection.execute("ALTER TABLE nothing ADD COLUMN author TEXT")

    with monkeypatch.context() as patch:
        patch.setattr("rag.database.MIGRATIONS", (*MIGRATIONS, fail))
        with pytest.raises(ArchiveError):
            Catalog.open(path)
    with Catalog.open(path) as catalog:
        assert catalog.article("ferry").text == TEXT


def test_a_catalog_another_process_holds_is_busy_not_damaged(tmp_path):
    path = tmp_path / "catalog.sqlite3"
    with Catalog.open(path) as catalog:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        catalog._connection.execute("PRAGMA busy_timeout = 50")
        with pytest.raises(ArchiveBusyError):
            put(catalog, article())
        other.close()


def test_readers_see_only_finished_changes(tmp_path):
    path = tmp_path / "catalog.sqlite3"
    with Catalog.open(path) as writer, Catalog.open(path, read_only=True) as reader:
        with writer.transaction():
            put(writer, article("a"), article("b"))
            assert reader.articles() == []
        assert [a.id for a in reader.articles()] == ["a", "b"]
        with pytest.raises(ArchiveError):
            put(reader, article("c"))


def test_threads_share_a_catalog(catalog):
    failures = []

    def work(number):
        for step in range(10):
            put(catalog, article(f"{number}-{step}", f"Story {number} of day {step}."))
            if catalog.article(f"{number}-{step}").text != f"Story {number} of day {step}.":
                failures.append((number, step))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(catalog.articles()) == 40


def test_text_with_quotes_and_sql_is_just_text(catalog):
    hostile = article("x'); DROP TABLE articles;--", "Robert'); DROP TABLE articles;-- said “no”.", title="'\"%_")
    put(catalog, hostile)
    assert catalog.article(hostile.id) == hostile
