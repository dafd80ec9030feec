# Optimism of a logistic model by 4,000 bootstrap resamples: validate() of the R package rms, which leaves out resamples that lrm()
# cannot fit. Its B is the mean squared difference of probability and outcome; Dxy is 2 AUC - 1.
#
# Rscript make_optimism.R table_nomogram.csv > optimism.json   (R 4.2.2, rms 6.5-0)
suppressPackageStartupMessages(library(rms))
rows <- read.csv(commandArgs(trailingOnly = TRUE)[1])
rows <- rows[rows$dead2y %in% 0:1, ]
fit <- lrm(dead2y ~ sex + smoking + radscore, data = rows, x = TRUE, y = TRUE, tol = 1e-13, eps = 1e-8, maxit = 50)
set.seed(20261127)
count <- 4000
# Of each resample, to have the spread: validate() with B = 1 draws one.
one <- function(i) {
  found <- try(suppressWarnings(capture.output(v <- validate(fit, B = 1, tol = 1e-13, maxit = 50))), silent = TRUE)
  if (inherits(found, "try-error") || v["Dxy", "n"] < 1) return(rep(NA_real_, 4))
  c(v["Dxy", "optimism"] / 2, v["Slope", "optimism"], v["Intercept", "optimism"], v["B", "optimism"])
}
values <- t(vapply(seq_len(count), one, numeric(4)))
kept <- values[complete.cases(values), ]
whole <- validate(fit, B = 40)
names <- c("AUC", "slope", "intercept", "Brier score")
row <- function(x) paste0("{", paste0('"', names, '": ', format(x, digits = 15, trim = TRUE), collapse = ", "), "}")
cat(sprintf('{"cases": %d, "left_out": %.15g,\n "apparent": %s,\n "optimism": %s,\n "median": %s,\n "error": %s}\n',
  nrow(rows), 1 - nrow(kept) / count,
  row(c(whole["Dxy", "index.orig"] / 2 + 0.5, whole["Slope", "index.orig"], whole["Intercept", "index.orig"], whole["B", "index.orig"])),
  row(colMeans(kept)), row(apply(kept, 2, median)), row(apply(kept, 2, sd) / sqrt(nrow(kept)))))
