# Scores and probabilities of a table by an exported model: Rscript apply-model.R flat.json table.csv [horizon]
arguments <- commandArgs(trailingOnly = TRUE)
model <- jsonlite::fromJSON(arguments[1], simplifyVector = FALSE)
table <- read.csv(arguments[2], check.names = FALSE, na.strings = c("", "NA", "?"))
unknown <- setdiff(vapply(model$inputs, function(i) i$column, ""), names(table))
if (length(unknown)) stop(arguments[2], ": there is no column ", toString(unknown))
horizon <- if (length(arguments) > 2) as.numeric(arguments[3]) else NA_real_

score <- function(m, row) {
  for (i in m$inputs) {
    missing <- is.na(row[[i$column]])
    if (!is.null(i$boxCox)) {
      x <- row[[i$column]]
      row[[i$column]] <- if (i$boxCox == 0) log(x) else (x^i$boxCox - 1) / i$boxCox
    }
    if (!is.null(i$indicator)) row[[i$indicator]] <- as.numeric(missing)
    if (missing && !is.null(i$median)) row[[i$column]] <- i$median
  }
  for (b in m$blocks) row[[b$name]] <- score(b$model, row)
  gaps <- Filter(function(column) is.na(row[[column]]), vapply(m$terms, function(t) t$column, ""))
  if (length(gaps)) stop(arguments[2], ": a value of ", toString(gaps), " is missing, and nothing stands in for it")
  s <- m$intercept
  for (t in m$terms) s <- s + t$coefficient * ((row[[t$column]] - t$mean) / t$scale)
  for (tree in m$trees) {
    n <- tree[[1]]
    while (!is.null(n$feature)) {
      x <- row[[n$feature]]
      left <- if (is.na(x)) n$missingLeft else x <= n$threshold
      n <- tree[[1 + if (left) n$left else n$right]]
    }
    s <- s + n$value
  }
  s
}

probability <- function(link, s) {
  x <- unlist(link$x); y <- unlist(link$y)
  switch(link$kind,
    identity = s, logistic = plogis(s), platt = plogis(-(link$a * s + link$b)), isotonic = approx(x, y, s, rule = 2)$y,
    cox = -expm1(-c(0, y)[1 + findInterval(horizon, x)] * exp(s)), none = NA_real_)
}

scores <- vapply(seq_len(nrow(table)), function(i) score(model, as.list(table[i, , drop = FALSE])), 0)
cat("score,probability\n")
cat(sprintf("%.17g,%.17g\n", scores, vapply(scores, function(s) probability(model$link, s), 0)), sep = "")
