"""The publish gate: where pictures appear, what is checked, posted and taken down. Policy §4.5–4.13."""
