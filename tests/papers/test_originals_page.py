"""docs/originals.md says what the papers print and what the sketches count."""

from covnets.models import PRESETS
from scripts.write_originals import PAGE, page


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "Write it anew: python -m scripts.write_originals"
    )


def test_every_original_has_its_row():
    originals = [name for name in PRESETS if not name.startswith("mini_")]
    assert [name for name in originals if f"| `{name}` |" not in page()] == []
