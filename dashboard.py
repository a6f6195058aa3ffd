"""The dashboard of Miniature CovNets: ``streamlit run dashboard.py``.

This file has two readers. The server imports it once, at its start, and finds ``app``, which
brings the routes and the start-up that a bare script cannot have. Then it runs it as a script,
anew for every visitor and every change, to draw the page that was asked for.
"""

import streamlit as st

from covnets.ui import shell

if __name__ == "__main__":
    shell.run()
else:
    app = st.App(__file__, routes=shell.routes(), lifespan=shell.lifespan)
