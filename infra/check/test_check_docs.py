"""Documents that name what does not exist, and what check_docs.py says of them."""

from __future__ import annotations

import unittest

from check_docs import ROOT, anchor, problems

FILES = {"README.md", "docs/SECURITY.md", "shared/web/src/lib.rs"}
VERBS = {"up", "service-check"}


def said(text: str) -> list[str]:
    return problems("README.md", text, FILES, VERBS)


class Documents(unittest.TestCase):
    def test_what_is_there_is_no_problem(self) -> None:
        text = """# Head
[map](docs/SECURITY.md) [here](#head) [site](https://example.org/x) `shared/web` `shared/web/src/lib.rs` `make up`
`make service-check` `target/lambda/api` `docs/<name>.md` `application/json` `GET /api/me`
```sh
make up PACKAGED=1   # shared/nothing is no word of the text
```
"""
        self.assertEqual(said(text), [])

    def test_what_is_not_there_is_named(self) -> None:
        self.assertEqual(said("[map](docs/MAP.md)"), ["the link docs/MAP.md leads nowhere"])
        self.assertEqual(said("`shared/letters/src`"), ["`shared/letters/src` does not exist"])
        self.assertEqual(said("`make fly`"), ["`make fly` is no verb of the Makefile"])
        self.assertEqual(said("```sh\nmake fly\n```\n"), ["`make fly` is no verb of the Makefile"])
        self.assertEqual(said("[map](docs/SECURITY.md#nowhere)"), ["docs/SECURITY.md has no heading #nowhere"])

    def test_headings_are_written_as_githubs_addresses(self) -> None:
        self.assertEqual(anchor("From sign-up to a cutout, with `curl`"), "from-sign-up-to-a-cutout-with-curl")
        self.assertTrue((ROOT / "docs/SECURITY.md").exists(), "the tests above lean on it")


if __name__ == "__main__":
    unittest.main()
