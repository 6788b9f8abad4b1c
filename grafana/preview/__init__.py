"""What an operator would see: the dashboards with live data, without Grafana."""
