"""B2Shift: segmentation, approved campaigns and evidence for B2B customer bases."""
