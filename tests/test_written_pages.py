"""The pages in docs/ that scripts write say what their tables say."""

import pytest

from scripts import write_hyperparameters, write_originals


@pytest.mark.parametrize("script", [write_hyperparameters, write_originals])
def test_a_written_page_is_up_to_date(script):
    assert script.PAGE.read_text(encoding="utf-8") == script.page(), (
        f"Write it anew: python -m {script.__name__}"
    )
