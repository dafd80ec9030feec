# Makes offset.json beside this file: Rscript make_offset.R SHARED/data
#
# glmnet and glm of R with an offset: radiotherapy's learning/table.csv with the centred log odds of the published network's probability,
# table_cox.csv with a made-up multiple of one of its columns. Versions are in the output.
suppressMessages({library(glmnet); library(survival); library(jsonlite)})
arguments <- commandArgs(trailingOnly = TRUE)
data <- arguments[1]
file <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
table <- read.csv(file.path(data, "learning/table.csv"), check.names = FALSE)
names <- fromJSON(file.path(data, "learning/06_svm_calibration.json"))$features
x <- as.matrix(table[, names]); y <- table$y
sd <- function(x) sqrt(colMeans(sweep(x, 2, colMeans(x))^2))
# glmnet 4.1-6 does not come to an end with an offset far from the log odds of the outcome, nor with probabilities near 0 and 1.
offset <- qlogis(pmin(pmax(table$cnn_p_surv2yr, 0.01), 0.5))
offset <- offset - mean(offset)
few <- names[1:6]
out <- list(versions = list(R = as.character(getRversion()), glmnet = as.character(packageVersion("glmnet")),
                            survival = as.character(packageVersion("survival"))),
            features = names, few = few, offset = offset)
fit <- glm(y ~ ., binomial, data.frame(y = y, scale(x[, few])), offset = offset,
           control = glm.control(epsilon = 1e-15, maxit = 100))
out$glm <- list(intercept = fit$coefficients[[1]], coefficients = unname(fit$coefficients[-1]) * sd(x[, few]) /
                  apply(x[, few], 2, stats::sd), errors = unname(sqrt(diag(vcov(fit)))) *
                  c(1, sd(x[, few]) / apply(x[, few], 2, stats::sd)), probabilities = unname(fit$fitted.values))
weights <- ifelse(y == 1, 2, 1)
path <- function(alpha, weights = rep(1, length(y)), factors = rep(1, ncol(x))) {
  fit <- glmnet(x, y, family = "binomial", offset = offset, alpha = alpha, weights = weights, penalty.factor = factors,
                nlambda = 60, lambda.min.ratio = 0.02, thresh = 1e-14, maxit = 1e7)
  at <- seq(1, length(fit$lambda), 10)
  list(lambda = fit$lambda, ratio = fit$dev.ratio, at = at - 1,
       coefficients = lapply(at, function(k) unname(fit$beta[, k]) * sd(x)))
}
glmnet.control(fdev = 0, devmax = 1)
out$lasso <- path(1); out$enet <- path(0.5); out$ridge <- path(0); out$weighted <- path(1, weights)
out$free <- path(1, factors = c(0, 0, rep(1, ncol(x) - 2)))
cv <- cv.glmnet(x, y, family = "binomial", offset = offset, foldid = table$fold + 1, lambda = out$lasso$lambda,
                thresh = 1e-12, maxit = 1e7)
out$cv <- list(mean = cv$cvm, error = cv$cvsd, min = cv$lambda.min, se = cv$lambda.1se)

cox <- read.csv(file.path(data, "learning/table_cox.csv"), check.names = FALSE)
columns <- setdiff(names(cox), c("id", "center", "fold", "days", "event", grep("^months", names(cox), value = TRUE)))
columns <- columns[vapply(cox[columns], is.numeric, TRUE)]
known <- 0.4 * as.numeric(scale(cox[[columns[1]]]))
columns <- columns[-1]
z <- as.matrix(cox[, columns])
response <- Surv(cox$days, cox$event)
out$cox <- list(features = columns, offset = known)
# glmnet moves censored times that are those of events: here no times are equal.
untied <- Surv(cox$days + seq_len(nrow(cox)) / 1000, cox$event)
fit <- glmnet(z, untied, family = "cox", offset = known, nlambda = 15, lambda.min.ratio = 0.3, thresh = 1e-12, maxit = 1e6)
out$cox$lasso <- list(lambda = fit$lambda, ratio = fit$dev.ratio,
                      coefficients = lapply(seq_along(fit$lambda), function(k) unname(fit$beta[, k]) * sd(z)))
few <- columns[1:4]
fit <- coxph(response ~ scale(z[, few]) + offset(known), ties = "efron", control = coxph.control(eps = 1e-11, iter.max = 100))
out$cox$few <- few
out$cox$coxph <- list(coefficients = unname(fit$coefficients) * sd(z[, few]) / apply(z[, few], 2, stats::sd),
                      errors = unname(sqrt(diag(fit$var))) * sd(z[, few]) / apply(z[, few], 2, stats::sd))
write(toJSON(out, digits = NA, auto_unbox = TRUE), file.path(dirname(file), "offset.json"))
