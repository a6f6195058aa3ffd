"""The front page: what this is, where to start, and the latest runs."""

import streamlit as st

from covnets.models import PAGE_FAMILIES
from covnets.ui import shell
from covnets.ui.parts.recent_runs import recent_runs

st.title(shell.TITLE, anchor=False)
st.markdown(
    "Three famous families of convolutional networks, small enough to train in about a minute on "
    "a laptop, on real images. **Slide** depth and filters and see the network change under the "
    "slider, press **Start**, and **watch it learn**."
)

columns = st.columns(len(PAGE_FAMILIES))
for column, (name, family) in zip(columns, PAGE_FAMILIES.items(), strict=True):
    with column.container(border=True, height="stretch"):
        st.subheader(family.title, anchor=False)
        st.write(family.idea)
        link = f"Open {family.title}"
        st.page_link(shell.page_file(name), label=link, icon=":material/arrow_forward:")

with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
    st.markdown(
        "The **originals**, from AlexNet to ResNet-1202, layer by layer: change any field, see "
        "what it costs.",
        width="content",
    )
    link = "Open the explorer"
    st.page_link(shell.page_file("explorer"), label=link, icon=":material/arrow_forward:")

with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
    st.markdown("**Which one wins**, and is the difference real?", width="content")
    for name, label in (("race", "Race"), ("compare", "Compare"), ("sweep", "Sweep")):
        st.page_link(shell.page_file(name), label=label, icon=":material/arrow_forward:")

st.subheader("Recent runs", anchor=False)
recent_runs()
