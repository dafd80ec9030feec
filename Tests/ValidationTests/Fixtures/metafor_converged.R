# metafor 3.8.1 (R 4.2.2, r-cran-metafor of Debian 12) told to iterate until tau squared stands still, of the effects of
# the shared fixture meta_euroscore_cstat_oe.json; by default it stops when a step is below 1e-5.
#   Rscript metafor_converged.R meta_euroscore_cstat_oe.json > metafor_converged.json
suppressMessages({library(metafor); library(jsonlite)})
effects <- fromJSON(commandArgs(TRUE)[1])$expected
out <- list()
for (scale in c("logit_c", "log_oe")) for (method in c("REML", "ML", "PM")) for (test in c("z", "knha")) {
    fit <- rma(yi = effects[[scale]]$yi, sei = effects[[scale]]$sei, method = method, test = test,
               control = list(threshold = 1e-14, maxiter = 100000, tol = 1e-14))
    found <- list(tau2 = fit$tau2, mu = as.numeric(fit$beta), se = fit$se, ci95 = c(fit$ci.lb, fit$ci.ub), I2 = fit$I2)
    if (method == "REML" && test == "z")
        found$profile <- confint(fit, control = list(tol = 1e-12, maxiter = 100000))$random["tau^2", c("ci.lb", "ci.ub")]
    out[[scale]][[paste0(method, "_", test)]] <- found
}
cat(toJSON(out, auto_unbox = TRUE, digits = NA, pretty = TRUE), "\n")
