"""Students: small text classifiers that learn from soft, weighted, negative labels."""
