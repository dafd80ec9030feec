# Rscript harmonisation-replay.R model.json features.csv meta.csv out.csv (rows of both tables in the same order; needs jsonlite)
a <- commandArgs(TRUE); file <- jsonlite::fromJSON(a[1], simplifyVector = FALSE); model <- file$model
y <- read.csv(a[2], check.names = FALSE); meta <- read.csv(a[3], check.names = FALSE); n <- nrow(y)
x <- do.call(cbind, c(list(matrix(0, n, 0)), lapply(file$design, function(d) if (is.null(d$levels)) meta[[d$name]] else
  vapply(unlist(d$levels)[-1], function(l) as.numeric(meta[[d$name]] == l), numeric(n)))))
beta <- matrix(as.numeric(unlist(model$beta)), ncol(x)); place <- match(meta[[file$batchColumn]], sapply(file$batches, `[[`, "batch"))
for (j in seq_along(model$features)) for (i in seq_len(n)) {
  b <- file$batches[[place[i]]]; name <- model$features[[j]]; fit <- model$grandMean[[j]] + sum(x[i, ] * beta[, j])
  if (!name %in% c(unlist(model$passedThrough), unlist(b$constantFeatures)))
    y[i, name] <- (y[i, name] - fit - model$pooledStandardDeviation[[j]] * b$location[[j]]) / sqrt(b$scale[[j]]) + fit
}
y[] <- lapply(y, function(v) if (is.numeric(v)) sprintf("%.17g", v) else v); write.csv(y, a[4], row.names = FALSE, quote = FALSE)
