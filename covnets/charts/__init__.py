"""Charts: a DataFrame or a sketch in, a plotly figure out. Pure functions, no Streamlit."""
