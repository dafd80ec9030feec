# Rscript harmonisation-replay.R model.json features.csv meta.csv out.csv (rows of both tables in the same order; needs jsonlite)
# What `concord harmonise apply` does to rows of batches that fitted the model.
a <- commandArgs(TRUE); file <- jsonlite::fromJSON(a[1], simplifyVector = FALSE); model <- file$model
number <- function(v) as.numeric(unlist(v)); text <- function(v) as.character(unlist(v))
read <- function(path) read.csv(path, check.names = FALSE, colClasses = "character", na.strings = NULL)
table <- read(a[2]); meta <- read(a[3]); n <- nrow(table); features <- text(model$features); p <- length(features)
rows <- function(v) matrix(number(v), n, length(v), byrow = TRUE)
columns <- if (is.null(file$factors)) file$batchColumn else sapply(file$factors$effects, `[[`, "name")

spline <- function(s, value) {  # the straight line and the bends: Hermite's cubic, straight beyond the ends
  x <- (value - s$lower) / (s$upper - s$lower); last <- length(s$values[[1]]) - 1
  cell <- pmin(pmax(floor(x * last), 0), last - 1) + 1; t <- x * last - (cell - 1)
  cbind(x, sapply(seq_along(s$values), function(bend) {
    h <- number(s$values[[bend]]); d <- number(s$slopes[[bend]]); rise <- h[cell + 1] - h[cell]
    u <- d[cell] / last - rise; v <- rise - d[cell + 1] / last
    ifelse(x <= 0, h[1] + d[1] * x, ifelse(x >= 1, h[last + 1] + d[last + 1] * (x - 1),
      h[cell] + t * rise + t * (1 - t) * (u * (1 - t) + v * t)))
  }))
}
x <- do.call(cbind, c(list(matrix(0, n, 0)), lapply(file$design, function(d) {
  if (!is.null(d$levels)) sapply(text(d$levels)[-1], function(l) as.numeric(meta[[d$name]] == l))
  else if (!is.null(d$smooth)) spline(d$smooth, as.numeric(meta[[d$name]])) else as.numeric(meta[[d$name]])
})))
slope <- x %*% matrix(number(model$beta), ncol(x), p)

# Location, scale and constant features of each row's batch; a later column's unknown level adds nothing.
estimate <- function(batches, factors, m) {
  if (is.null(factors)) factors <- list(list(name = columns, levels = batches))
  width <- length(m$features)
  own <- list(location = matrix(0, n, width), scale = matrix(1, n, width), skipped = matrix(FALSE, n, width))
  own$skipped[, text(m$features) %in% text(m$passedThrough)] <- TRUE
  for (f in seq_along(factors)) {
    levels <- factors[[f]]$levels; place <- match(meta[[factors[[f]]$name]], sapply(levels, `[[`, "batch"))
    if (f == 1 && any(unknown <- is.na(place) & !reference)) stop(meta[unknown, columns[1]][1], " did not fit the model")
    for (b in seq_along(levels)) {
      at <- which(place == b); k <- length(at); if (k == 0) next
      own$location[at, ] <- own$location[at, ] + matrix(number(levels[[b]]$location), k, width, byrow = TRUE)
      own$scale[at, ] <- own$scale[at, ] * matrix(number(levels[[b]]$scale), k, width, byrow = TRUE)
      own$skipped[at, text(m$features) %in% text(levels[[b]]$constantFeatures)] <- TRUE
    }
  }
  own
}
harmonise <- function(y, fit, own, m) {
  z <- (y - fit - rows(m$pooledStandardDeviation) * own$location) / sqrt(own$scale) + fit
  ifelse(own$skipped | reference, y, z)
}

batch <- do.call(paste, c(unname(meta[columns]), sep = "\x1f"))
reference <- batch == c(model$reference, "")[1] & !is.null(model$reference)
y <- vapply(features, function(f) suppressWarnings(as.numeric(table[[f]])), numeric(n)); dim(y) <- c(n, p)
powers <- file$transforms$lambda
for (f in names(powers)) {
  j <- match(f, features); k <- powers[[f]]; y[, j] <- if (k == 0) log(y[, j]) else (y[, j]^k - 1) / k
}
before <- y; fit <- rows(model$grandMean) + slope; intercept <- matrix(0, n, p)
if (!is.null(s <- file$subjects)) {  # each patient's predicted intercept is taken off before and added after
  effect <- t(sapply(s$batches, function(b) number(b$effect)))
  if (p == 1) effect <- t(effect)
  rest <- y - effect[match(batch, sapply(s$batches, `[[`, "batch")), , drop = FALSE] - slope
  patient <- meta[[s$column]]; ratio <- rows(s$ratio)
  visits <- rowsum(1 * !is.na(rest), patient)[patient, , drop = FALSE]
  intercept <- ratio / (1 + visits * ratio) * rowsum(rest, patient, na.rm = TRUE)[patient, , drop = FALSE]
  intercept[, features %in% text(model$passedThrough)] <- 0
}
y <- harmonise(y - intercept, fit, estimate(file$batches, file$factors$effects, model), model)
if (!is.null(m <- file$covariance)) {  # location and scale of the scores of the leading principal components
  at <- match(text(m$features), features); axes <- t(sapply(m$axes, number)); deviation <- rows(m$deviation)
  old <- ((y - fit)[, at] - rows(m$centre)) / deviation
  old <- old %*% t(axes)
  new <- harmonise(old, rows(m$scores$grandMean), estimate(file$scoreBatches, file$scoreFactors$effects, m$scores), m$scores)
  y[, at] <- y[, at] + deviation * ((new - old) %*% axes)
}
y <- y + intercept; y[reference, ] <- before[reference, ]; changed <- !is.na(y) & y != before
for (f in names(powers)) {
  j <- match(f, features); k <- powers[[f]]; y[, j] <- if (k == 0) exp(y[, j]) else (k * y[, j] + 1)^(1 / k)
}
for (j in seq_len(p)) table[changed[, j], features[j]] <- sprintf("%.17g", y[changed[, j], j])
quoted <- function(v) { v <- as.character(v); i <- grepl("[,\"\n]", v); v[i] <- paste0("\"", gsub("\"", "\"\"", v[i]), "\""); v }
lines <- c(paste(quoted(names(table)), collapse = ","), do.call(paste, c(unname(lapply(table, quoted)), sep = ",")))
writeLines(lines, a[4])
