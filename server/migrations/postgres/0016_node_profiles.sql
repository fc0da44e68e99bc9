-- Where the node runs, and its settings that all nodes must share: JSON. Secrets are fingerprints.
ALTER TABLE nodes ADD COLUMN profile TEXT;
