"""Tests of transforms/sources.py."""

import os
from posixpath import basename

import pytest
from apache_beam.io.filesystem import BeamIOError, FileMetadata
from apache_beam.io.localfilesystem import LocalFileSystem

from transforms.sources import Found, Lost, anywhere, find_files, source_kind, source_uri


@pytest.fixture
def tree(tmp_path):
    for name in (
        "desk/a.txt",
        "desk/sub/b.txt",
        "desk/.hidden",
        "desk/.git/x.txt",
        "desk/out/c.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def places(source, output=None):
    return [found.place for found in find_files(str(source), output and str(output))]


def test_a_folder_is_read_to_its_depth_but_for_hidden_files_and_the_output(tree):
    assert places(tree / "desk", tree / "desk/out") == ["desk/a.txt", "desk/sub/b.txt"]


@pytest.mark.parametrize("source", ["desk/a.txt", "desk/*.txt", "desk/[ab].txt"])
def test_a_file_has_the_same_place_however_it_is_found(tree, source):
    assert places(tree / source) == ["desk/a.txt"]


@pytest.mark.parametrize("source", ["desk", "desk/*.txt", "desk/sub/../a.txt"])
def test_a_source_means_the_same_in_another_folder(tree, source, monkeypatch):
    monkeypatch.chdir(tree)
    there = anywhere(source)
    monkeypatch.chdir("/")

    assert places(there) == places(tree / source)


@pytest.mark.parametrize("source", ["file:///a/b.txt", "gs://news/*.txt", "https://a.example/rss"])
def test_a_url_is_left_as_it_is(source):
    assert anywhere(source) == source


def test_a_glob_may_go_deep_and_match_folders(tree):
    assert places(tree / "desk/**/*.txt") == ["desk/a.txt", "desk/out/c.txt", "desk/sub/b.txt"]
    assert places(tree / "desk/s*") == ["desk/sub/b.txt"]


def test_a_glob_that_matches_a_folder_and_what_is_in_it_gives_each_file_once(tree):
    assert places(tree / "desk/**") == ["desk/a.txt", "desk/out/c.txt", "desk/sub/b.txt"]


@pytest.mark.parametrize("pattern", ["desk/*", "desk/**", "desk/*/*.txt", "*/*/c.txt", "desk/o*/*"])
def test_a_glob_never_reaches_into_the_output(tree, pattern):
    assert not [place for place in places(tree / pattern, tree / "desk/out") if "out" in place]


@pytest.mark.parametrize("source", ["desk", "desk/*", "desk/**/*.txt"])
def test_a_source_within_the_output_is_read_but_for_what_runs_make(tree, source):
    (tree / "articles").mkdir()
    (tree / "articles/old.txt").write_text("old")
    (tree / "desk/articles").mkdir()
    (tree / "desk/articles/d.txt").write_text("d")

    assert "desk/articles/d.txt" in places(tree / source, tree)
    assert not [place for place in places(tree, tree) if "old" in place]


def test_a_file_whose_name_looks_like_a_glob_is_a_file(tree):
    (tree / "desk/[a].txt").write_text("x")

    assert places(tree / "desk/[a].txt") == ["desk/[a].txt"]
    assert source_kind(str(tree / "desk/[a].txt")) == "file"


def test_the_outlet_is_the_folder_that_holds_the_file(tree):
    assert [found.folder for found in find_files(str(tree / "desk/sub"))] == ["sub"]


def test_a_path_is_spelled_in_one_way(tree, monkeypatch):
    monkeypatch.chdir(tree)
    spellings = ["desk", "desk/", "./desk/../desk", str(tree / "desk"), f"file://{tree}/desk"]

    assert {source_uri(source) for source in spellings} == {str(tree / "desk")}
    assert {str(list(find_files(source))) for source in spellings} == {
        str(list(find_files("desk")))
    }


@pytest.mark.parametrize("name", ["with space.txt", "line\nbreak.txt", "🚀 #1%.txt", "perché.txt"])
def test_any_name_can_be_read_and_is_percent_encoded(tmp_path, name):
    (tmp_path / name).write_text("x")
    (found,) = find_files(str(tmp_path))

    assert isinstance(found, Found)
    assert found.uri.isascii()
    assert not set(found.uri) & set(" \n#")
    assert basename(found.path) == name


def test_a_name_that_is_no_utf_8_can_be_read(tmp_path):
    with open(os.fsencode(tmp_path) + b"/caff\xe8.txt", "w") as file:
        file.write("x")
    (found,) = find_files(str(tmp_path))

    assert found.uri.endswith("/caff%E8.txt")


class TestLinks:
    def test_to_what_is_found_anyway_are_passed_over(self, tree):
        (tree / "desk/again.txt").symlink_to(tree / "desk/a.txt")
        (tree / "desk/again").symlink_to(tree / "desk/sub")
        (tree / "desk/sub/loop").symlink_to(tree / "desk")

        assert places(tree / "desk", tree / "desk/out") == ["desk/a.txt", "desk/sub/b.txt"]

    def test_to_elsewhere_are_followed_once(self, tree):
        (tree / "else").mkdir()
        (tree / "else/d.txt").write_text("d")
        (tree / "desk/one").symlink_to(tree / "else")
        (tree / "desk/two").symlink_to(tree / "else")

        assert places(tree / "desk", tree / "desk/out")[2:] == ["desk/one/d.txt"]

    def test_to_nothing_are_refused(self, tree):
        (tree / "desk/sub/dangling.txt").symlink_to(tree / "nothing")
        lost = [found for found in find_files(str(tree / "desk/sub")) if isinstance(found, Lost)]

        assert [found.error.reason for found in lost] == ["not_found"]

    def test_into_the_output_are_not_followed(self, tree):
        (tree / "desk/sub/way").symlink_to(tree / "desk/out")

        assert places(tree / "desk/sub", tree / "desk/out") == ["sub/b.txt"]


class TestRefused:
    @pytest.mark.parametrize("named", [True, False])
    def test_fifos_and_devices_are_never_opened(self, tmp_path, named):
        os.mkfifo(tmp_path / "pipe.txt")
        (found,) = find_files(str(tmp_path / "pipe.txt" if named else tmp_path))

        assert isinstance(found, Lost)
        assert found.error.reason == "unsupported_format"

    def test_a_device_given_by_name_is_a_failed_source(self):
        (found,) = find_files("/dev/zero")

        assert found.whole

    @pytest.mark.parametrize("source", ["nothing", "no*thing", "nothing/*.txt"])
    def test_what_is_not_there_is_a_failed_source(self, tmp_path, source):
        (found,) = find_files(str(tmp_path / source))

        assert (found.error.reason, found.whole) == ("not_found", True)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may list any folder")
    def test_a_folder_that_cannot_be_listed(self, tree):
        (tree / "desk/sub").chmod(0)
        try:
            lost = [f for f in find_files(str(tree / "desk")) if isinstance(f, Lost)]
        finally:
            (tree / "desk/sub").chmod(0o755)

        assert [found.error.reason for found in lost] == ["unreadable"]


class _Bucket(LocalFileSystem):
    """A store of three objects and a mark for a folder, under mem://b/."""

    OBJECTS = (
        "mem://b/desk/",
        "mem://b/desk/a.txt",
        "mem://b/desk/sub/b.txt",
        "mem://b/desk/.tmp/c.txt",
    )

    @classmethod
    def scheme(cls):
        return "mem"

    def has_dirs(self):
        return False

    def exists(self, path):
        if "broken" in path:
            raise BeamIOError("exists() operation failed", {path: OSError("no access")})
        return path in self.OBJECTS

    def metadata(self, path):
        return FileMetadata(path, 1)

    def _list(self, dir_or_prefix):
        return (FileMetadata(one, 1) for one in self.OBJECTS if one.startswith(dir_or_prefix))


class TestRemote:
    @pytest.mark.parametrize("source", ["mem://b/desk", "mem://b/desk/"])
    def test_a_prefix_is_read_like_a_folder(self, source):
        assert places(source) == ["desk/a.txt", "desk/sub/b.txt"]
        assert places(source, "mem://b/desk/sub") == ["desk/a.txt"]
        assert source_kind(source) == "folder"

    @pytest.mark.parametrize("source", ["mem://b", "mem://b/"])
    def test_a_whole_bucket_is_read_like_a_folder(self, source):
        assert places(source) == ["b/desk/a.txt", "b/desk/sub/b.txt"]

    def test_an_object_is_read_like_a_file(self):
        (found,) = find_files("mem://b/desk/a.txt")

        assert (found.place, found.folder, found.named) == ("desk/a.txt", "desk", True)
        assert found.uri == "mem://b/desk/a.txt"
        assert source_kind(found.path) == "file"

    @pytest.mark.parametrize("pattern", ["desk/**/*.txt", "desk/s*", "desk/[a-z].txt", "d*", "**"])
    def test_a_pattern_means_what_it_means_here(self, tmp_path, pattern):
        for name in _Bucket.OBJECTS[1:]:
            path = tmp_path / name.removeprefix("mem://")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")

        assert places(f"mem://b/{pattern}") == places(tmp_path / "b" / pattern)
        assert source_kind(f"mem://b/{pattern}") == "glob"

    def test_a_source_within_the_output_is_read_but_for_what_runs_make(self, monkeypatch):
        ours = ("mem://b/articles/x.txt", "mem://b/_runs/r/report.html")
        monkeypatch.setattr(_Bucket, "OBJECTS", (*_Bucket.OBJECTS, *ours))

        assert places("mem://b/", "mem://b") == ["b/desk/a.txt", "b/desk/sub/b.txt"]

    @pytest.mark.parametrize(
        ("source", "reason", "retryable"),
        [
            ("mem://b/broken", "unreadable", True),
            ("nosuchfs://b/x", "unreadable", True),
            ("mem://b/nothing", "not_found", False),
        ],
    )
    def test_what_cannot_be_listed_is_a_failed_source(self, source, reason, retryable):
        (found,) = find_files(source)

        assert (found.error.reason, found.error.retryable) == (reason, retryable)
        assert found.whole

    def test_what_went_wrong_is_told_without_what_beam_wraps_around_it(self):
        (found,) = find_files("mem://b/broken")

        assert found.error.detail == "no access"
