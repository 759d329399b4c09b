"""check_docs.py reports links, targets and paths that do not exist, and no others."""

from __future__ import annotations

import unittest

from check_docs import ROOT, anchor, defined_tests, problems, promise_problems, repository_files

FILES = {"README.md", "docs/SECURITY.md", "shared/web/src/lib.rs"}
VERBS = {"up", "service-check"}


def report(text: str) -> list[str]:
    return problems("README.md", text, FILES, VERBS)


class Documents(unittest.TestCase):
    def test_existing_targets_are_accepted(self) -> None:
        text = """# Head
[map](docs/SECURITY.md) [here](#head) [site](https://example.org/x) `shared/web` `shared/web/src/lib.rs` `make up`
`make service-check` `target/lambda/api` `docs/<name>.md` `application/json` `GET /api/me`
```sh
make up PACKAGED=1   # shared/nothing is not checked in a block
```
"""
        self.assertEqual(report(text), [])

    def test_missing_targets_are_reported(self) -> None:
        self.assertEqual(report("[map](docs/MAP.md)"), ["the link docs/MAP.md leads nowhere"])
        self.assertEqual(report("`shared/letters/src`"), ["`shared/letters/src` does not exist"])
        self.assertEqual(report("`make fly`"), ["`make fly` is not a target of the Makefile"])
        self.assertEqual(report("```sh\nmake fly\n```\n"), ["`make fly` is not a target of the Makefile"])
        self.assertEqual(report("[map](docs/SECURITY.md#nowhere)"), ["docs/SECURITY.md has no heading #nowhere"])

    def test_headings_become_github_anchors(self) -> None:
        self.assertEqual(anchor("From sign-up to a cutout, with `curl`"), "from-sign-up-to-a-cutout-with-curl")
        self.assertTrue((ROOT / "docs/SECURITY.md").exists(), "the tests above need this file")

    def test_the_repository_is_listed_without_what_is_built(self) -> None:
        files = repository_files()
        self.assertLessEqual({"README.md", "docs/SECURITY.md", ".ci/run"}, files)
        self.assertFalse([file for file in files if "node_modules/" in file or file.startswith(("target/", ".sansfond/"))])


class Promises(unittest.TestCase):
    def report(self, *promises: str) -> list[str]:
        text = "\n".join(["# Security", "## What is guarded, and how", "", *promises, "", "## What is not", "- **Nothing** more."])
        return promise_problems(text, {"a_link_expires", "test_an_open_bucket_is_reported"})

    def test_a_promise_names_tests_that_exist(self) -> None:
        files = "- **Files** are private.\n  Tests: `a_link_expires`,\n  `test_an_open_bucket_is_reported`."
        self.assertEqual(self.report(files), [])
        self.assertEqual(self.report(files, "- **Logs** name `nobody`."), ["“Logs” names no test"])
        self.assertEqual(self.report("- **Logs** …\n  Tests: `gone`."), ["there is no test `gone`"])
        self.assertEqual(self.report(), ["there are no promises below “## What is guarded, and how”"])

    def test_tests_are_found_and_other_functions_are_not(self) -> None:
        rust = "#[test]\nfn one() {}\n#[tokio::test]\nasync fn two() {}\n#[test]\n#[ignore]\n    fn three() {}\nfn helper() {}"
        python = "class A:\n    def test_four(self) -> None:\n    def helper(self):\n"
        self.assertEqual(defined_tests([rust, python]), {"one", "two", "three", "test_four"})


if __name__ == "__main__":
    unittest.main()
