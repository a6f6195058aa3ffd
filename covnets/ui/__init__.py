"""Streamlit building blocks of the pages."""
