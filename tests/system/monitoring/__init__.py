"""Rules and dashboards against what a machine with --monitoring really measured."""
