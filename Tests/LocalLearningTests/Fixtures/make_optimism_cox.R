# Optimism of a Cox model by 4,000 bootstrap resamples: validate() of the R package rms. Four of the 42 cases with a mutation of EGFR
# have the event, so that one resample in fifty has none: cph() keeps it, with the coefficient at which its Newton steps end.
#
# Rscript make_optimism_cox.R clinical.csv > optimism_cox.json   (R 4.2.2, rms 6.5-0)
suppressPackageStartupMessages(library(rms))
rows <- read.csv(commandArgs(trailingOnly = TRUE)[1], check.names = FALSE)
names(rows) <- gsub("-", "_", names(rows))
rows <- rows[complete.cases(rows[c("days", "event", "egfr_mut", "kras_mut", "sex")]), ]
fit <- cph(Surv(days, event) ~ egfr_mut + kras_mut + sex, data = rows, x = TRUE, y = TRUE)
set.seed(20261127)
count <- 4000
empty <- 0
one <- function(i) {
  found <- try(suppressWarnings(capture.output(v <- validate(fit, B = 1, dxy = TRUE))), silent = TRUE)
  if (inherits(found, "try-error") || v["Dxy", "n"] < 1) return(rep(NA_real_, 2))
  c(v["Dxy", "optimism"] / 2, v["Slope", "optimism"])
}
values <- t(vapply(seq_len(count), one, numeric(2)))
kept <- values[complete.cases(values), ]
whole <- suppressWarnings(validate(fit, B = 40, dxy = TRUE))
names <- c("C", "slope")
row <- function(x) paste0("{", paste0('"', names, '": ', format(x, digits = 15, trim = TRUE), collapse = ", "), "}")
cat(sprintf('{"cases": %d, "events": %d, "left_out": %.15g,\n "apparent": %s,\n "optimism": %s,\n "median": %s,\n "error": %s}\n',
  nrow(rows), sum(rows$event), 1 - nrow(kept) / count,
  row(c(whole["Dxy", "index.orig"] / 2 + 0.5, whole["Slope", "index.orig"])),
  row(colMeans(kept)), row(apply(kept, 2, median)), row(apply(kept, 2, sd) / sqrt(nrow(kept)))))
