# Where glmnet ends a path whose penalties are not given, and cv.glmnet's deviances of Cox models without ties: Rscript path_end.R DATA > path_end.json, with DATA = shared/data/learning.
library(glmnet)
folder <- commandArgs(TRUE)[1]
glmnet.control(factory = TRUE)
table <- read.csv(file.path(folder, "table.csv"), check.names = FALSE)
cox <- read.csv(file.path(folder, "table_cox.csv"), check.names = FALSE)
x <- as.matrix(table[, setdiff(names(table), c("id", "center", "y", "fold", "cnn_p_surv2yr"))])
z <- as.matrix(cox[, setdiff(names(cox), c("id", "center", "days", "event", "fold", "months"))])
z <- z[, !grepl("^months|^dead", colnames(z))]
entry <- function(name, fit) {
  d <- fit$dev.ratio
  sprintf("  \"%s\": {\"features\": [%s], \"count\": %d, \"ratio\": %.17g, \"alpha\": %.17g, \"lambda_last\": %.17g, \"dev_ratio_last\": %.17g}",
    name, paste0("\"", rownames(fit$beta), "\"", collapse = ", "), length(fit$lambda), fit$ratio, fit$alpha,
    fit$lambda[length(d)], d[length(d)])
}
fit <- function(x, y, family, alpha, ratio, nlambda = 100) {
  own <- glmnet(x, y, family = family, alpha = alpha, lambda.min.ratio = ratio, nlambda = nlambda, thresh = 1e-13, maxit = 1e7)
  own$ratio <- ratio; own$alpha <- alpha; own
}
time <- cbind(time = cox$days, status = cox$event)
out <- c(
  entry("logistic_5", fit(x[, 1:5], table$y, "binomial", 1, 1e-4)),
  entry("logistic_all_short", fit(x, table$y, "binomial", 1, 0.1)),
  entry("logistic_everything", fit(cbind(x[, 1:20]), as.numeric(x[, 1] > median(x[, 1])), "binomial", 1, 1e-5)),
  entry("cox_8", fit(z[, 1:8], time, "cox", 1, 1e-4)),
  entry("cox_8_enet", fit(z[, 1:8], time, "cox", 0.5, 1e-4)))
# A thousandth of a day for each row: no two times are equal, so that no order of equal ones matters.
own <- jsonlite::fromJSON(file.path(folder, "14_cox.json"))
x <- as.matrix(cox[, own$features])
cv <- cv.glmnet(x, cbind(time = cox$days + seq_len(nrow(cox)) / 1000, status = cox$event), family = "cox", alpha = 0.5,
  lambda = own$cv_enet05$lambda, foldid = cox$fold + 1, thresh = 1e-13)
numbers <- function(x) paste(sprintf("%.17g", x), collapse = ", ")
out <- c(out, sprintf("  \"cox_cv\": {\"cvm\": [%s], \"cvsd\": [%s]}", numbers(cv$cvm), numbers(cv$cvsd)))
cat("{\n  \"versions\": {\"R\": \"", as.character(getRversion()), "\", \"glmnet\": \"", as.character(packageVersion("glmnet")), "\"},\n", sep = "")
cat(paste(out, collapse = ",\n"), "\n}\n", sep = "")
