# Rscript make.R <shared>/data/harmonisation .
# Harmonised tables of combinations of options, from the definitions: sva::ComBat where it has the combination, else
# dense regressions by mgcv (least squares, GCV, REML) and empirical Bayes below, row by row. Nothing here is Concord's.
suppressMessages({library(mgcv); library(sva)})
arguments <- commandArgs(TRUE)
read <- function(case, file) read.csv(file.path(arguments[1], case, paste0(file, ".csv")), check.names = FALSE)
write <- function(name, Y) write.csv(
  matrix(sprintf("%.14g", Y), nrow(Y), dimnames = list(NULL, colnames(Y))),
  file.path(arguments[2], paste0("expected_", name, ".csv")), row.names = FALSE, quote = FALSE)

load <- function(case, first = NULL, gaps = FALSE) {
  Y <- as.matrix(read(case, "features")); if (!is.null(first)) Y <- Y[, seq_len(first)]
  # Missing where (7 row + 3 column) mod 11 is 0, from 0, in two columns of three.
  hole <- outer(seq_len(nrow(Y)) - 1, seq_len(ncol(Y)) - 1, function(r, c) (7 * r + 3 * c) %% 11 == 0 & c %% 3 != 2)
  if (gaps) Y[hole] <- NA
  meta <- read(case, "meta"); meta$batch <- factor(meta$batch)
  if (is.null(meta$subject)) meta$subject <- paste(meta$batch, ave(seq_len(nrow(Y)), meta$batch, FUN = seq_along) %/% 3)
  meta$subject <- factor(meta$subject)
  list(Y = Y, meta = meta, penalty = NULL)
}

# The thin plate basis of all rows, those without a value of the feature included, as columns `bend` with their penalty.
smooth <- function(d, term) {
  own <- smoothCon(term, d$meta, absorb.cons = TRUE)[[1]]
  d$meta$bend <- own$X; d$penalty <- own$S[1]; d
}

# Each feature's mean at a row's covariates, standard deviation, and the predicted intercept of the row's patient.
regress <- function(d, formula, method = "GCV.Cp", subjects = FALSE, reference = NULL) {
  n <- nrow(d$Y); out <- list(mean = d$Y * NA, sd = numeric(0), intercept = d$Y * 0)
  for (j in seq_len(ncol(d$Y))) {
    rows <- cbind(d$meta, y = d$Y[, j]); own <- rows[!is.na(rows$y), ]
    curved <- "bend" %in% all.vars(formula)
    fit <- function(weight) {
      penalty <- if (curved) list(bend = c(d$penalty, if (!is.null(weight)) list(sp = weight)))
      gam(formula, data = own, method = method, paraPen = penalty,
          control = gam.control(epsilon = 1e-12, newton = list(conv.tol = 1e-12)))
    }
    m <- fit(NULL)
    if (curved && method == "GCV.Cp") {  # mgcv stops where its score is flat; its minimum is nearby
      at <- optimize(function(l) fit(exp(l))$gcv.ubre, log(m$sp) + c(-0.7, 0.7), tol = 1e-9)
      m <- fit(exp(at$minimum))
    }
    leave <- if (subjects) "s(subject)" else NULL
    at <- sapply(levels(rows$batch), function(b) {
      moved <- rows; moved$batch <- factor(b, levels = levels(rows$batch)); predict(m, moved, exclude = leave)
    })
    # Batches weigh by all of their rows, those without a value included.
    out$mean[, j] <- if (is.null(reference)) at %*% (table(rows$batch) / n) else at[, reference]
    if (subjects) out$intercept[, j] <- predict(m, rows) - predict(m, rows, exclude = leave)
    residual <- d$Y[, j] - predict(m, rows)
    out$sd[j] <- if (!is.null(reference)) sqrt(mean(residual[rows$batch == reference]^2, na.rm = TRUE))
      else if (subjects) sqrt(m$sig2) else sqrt(mean(residual^2, na.rm = TRUE))
  }
  out
}

# Johnson 2007: location and scale of each batch and feature, iterated to 1e-13.
bayes <- function(z, batch, shrink = TRUE) {
  lapply(split(seq_len(nrow(z)), batch), function(rows) {
    own <- z[rows, , drop = FALSE]; n <- colSums(!is.na(own))
    g <- colMeans(own, na.rm = TRUE); d <- apply(own, 2, var, na.rm = TRUE)
    if (!shrink) return(list(g = g, d = d))
    mean <- mean(g); t2 <- var(g); a <- (2 * var(d) + mean(d)^2) / var(d); b <- (mean(d) * var(d) + mean(d)^3) / var(d)
    gamma <- g; delta <- d
    repeat {
      new <- (t2 * n * g + delta * mean) / (t2 * n + delta)
      square <- colSums((own - rep(new, each = nrow(own)))^2, na.rm = TRUE)
      scale <- (0.5 * square + b) / (n / 2 + a - 1)
      change <- max(abs(new - gamma), abs(scale - delta)); gamma <- new; delta <- scale
      if (change < 1e-13) return(list(g = gamma, d = delta))
    }
  })
}
adjust <- function(z, batch, estimates, reference = NULL) {
  for (b in setdiff(names(estimates), reference)) {
    rows <- batch == b
    z[rows, ] <- t((t(z[rows, , drop = FALSE]) - estimates[[b]]$g) / sqrt(estimates[[b]]$d))
  }
  z
}

# ComBat after a regression, then CovBat: location and scale of the scores of components with more than 95 % of the
# variance.
harmonise <- function(d, fit, reference = NULL, covbat = FALSE) {
  batch <- d$meta$batch; n <- nrow(d$Y); rest <- d$Y - fit$mean - fit$intercept
  z <- t(t(rest) / fit$sd)
  after <- t(t(adjust(z, batch, bayes(z, batch), reference)) * fit$sd)
  if (covbat) {
    keep <- colSums(is.na(after)) == 0; all <- after; after <- after[, keep]  # those with gaps stay
    centre <- colMeans(after); deviation <- apply(after, 2, sd); u <- t((t(after) - centre) / deviation)
    e <- eigen(cor(after), symmetric = TRUE); k <- which(cumsum(e$values) / sum(e$values) > 0.95)[1]
    axes <- e$vectors[, 1:k]; old <- u %*% axes
    own <- split(seq_len(n), batch)
    start <- if (is.null(reference)) colMeans(old) else colMeans(old[own[[reference]], ])
    within <- do.call(rbind, lapply(own, function(r) t(t(old[r, ]) - colMeans(old[r, ]))^2))
    spread <- sqrt(if (is.null(reference)) colMeans(within) else
      colMeans(t(t(old[own[[reference]], ]) - start)^2))
    s <- t((t(old) - start) / spread)
    new <- t(t(adjust(s, batch, bayes(s, batch, shrink = FALSE), reference)) * spread + start)
    after <- after + t(t((new - old) %*% t(axes)) * deviation)
    all[, keep] <- after; after <- all
  }
  Y <- after + fit$mean + fit$intercept
  if (!is.null(reference)) Y[batch == reference, ] <- d$Y[batch == reference, ]
  Y
}

d <- load("synth_missing"); X <- as.matrix(d$meta[, c("age", "sex")])
write("missing_reference_sva", t(ComBat(t(d$Y), d$meta$batch, mod = X, ref.batch = "S01")))
d <- load("fcon_real", gaps = TRUE); X <- as.matrix(d$meta[, c("age", "sex")])
write("missing_reference_real_sva", t(ComBat(t(d$Y), d$meta$batch, mod = X, ref.batch = "NewYork_a")))

d <- smooth(load("synth_main", 6, gaps = TRUE), s(age, k = 5)); curve <- y ~ batch + bend + sex
write("missing_smooth", harmonise(d, regress(d, curve)))
write("missing_smooth_reference", harmonise(d, regress(d, curve, reference = "S02"), "S02"))

for (case in c("synth_main", "fcon_real")) {
  d <- load(case); reference <- c(synth_main = "S02", fcon_real = "NewYork_a")[[case]]
  fit <- regress(d, y ~ batch + age + sex, reference = reference)
  write(paste0("reference_covbat_", case), harmonise(d, fit, reference, covbat = TRUE))
}

d <- load("synth_main", gaps = TRUE)
write("missing_covbat", harmonise(d, regress(d, y ~ batch + age + sex), covbat = TRUE))
write("missing_covbat_reference", harmonise(d, regress(d, y ~ batch + age + sex, reference = "S02"), "S02", TRUE))

d <- load("synth_longitudinal"); line <- y ~ batch + time + s(subject, bs = "re")
write("subject_reference", harmonise(d, regress(d, line, "REML", TRUE, "S1"), "S1"))
write("subject_covbat", harmonise(d, regress(d, line, "REML", TRUE), covbat = TRUE))
write("subject_reference_covbat", harmonise(d, regress(d, line, "REML", TRUE, "S1"), "S1", covbat = TRUE))
curve <- y ~ batch + bend + s(subject, bs = "re")
d <- smooth(d, s(time, k = 4))
write("subject_smooth", harmonise(d, regress(d, curve, "REML", TRUE)))
d <- smooth(load("synth_longitudinal", gaps = TRUE), s(time, k = 4))
write("subject_missing", harmonise(d, regress(d, line, "REML", TRUE)))
write("subject_missing_smooth_reference", harmonise(d, regress(d, curve, "REML", TRUE, "S1"), "S1"))

d <- smooth(load("fcon_real", 6), s(age, k = 5))
write("subject_smooth_real", harmonise(d, regress(d, update(curve, . ~ . + sex), "REML", TRUE)))
# Weights of the penalties as mgcv chooses them: by REML, converged, and where its descent on the GCV score stops by default.
# The second smooth covariate of `two` is (37 row) mod 101, from 0.
stopped <- function(d, formula, method = "GCV.Cp") {
  n <- nrow(d$Y); own <- d$meta; own$cell <- model.matrix(~ -1 + batch, d$meta)
  moved <- own; moved$cell[] <- matrix(colMeans(own$cell), n, ncol(own$cell), byrow = TRUE)
  out <- list(mean = d$Y * NA, sd = numeric(0), intercept = d$Y * 0)
  control <- if (method == "REML") gam.control(epsilon = 1e-12, newton = list(conv.tol = 1e-12)) else gam.control()
  for (j in seq_len(ncol(d$Y))) {
    own$y <- d$Y[, j]; m <- gam(formula, data = own, method = method, control = control)
    out$mean[, j] <- predict(m, moved); out$sd[j] <- sqrt(mean((own$y - fitted(m))^2))
  }
  out
}
for (case in c("synth_main", "fcon_real")) {
  d <- load(case, 6); d$meta$other <- (37 * (seq_len(nrow(d$Y)) - 1)) %% 101
  curve <- y ~ s(age, k = 5) + sex + cell - 1
  write(paste0("smooth_reml_", case), harmonise(d, stopped(d, curve, "REML")))
  write(paste0("smooth_mgcv_", case), harmonise(d, stopped(d, curve)))
  write(paste0("smooth_mgcv_two_", case), harmonise(d, stopped(d, update(curve, . ~ . + s(other, k = 5)))))
}
cat(R.version.string, "mgcv", as.character(packageVersion("mgcv")), "sva", as.character(packageVersion("sva")), "\n")
