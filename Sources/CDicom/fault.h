#pragma once
#include <cstdio>
#include <exception>
#include <new>

#include "cdicom.h"

namespace cdicom {

// The only exception thrown inside the shim.
struct Fault : std::exception {
    int32_t code;
    const char *field;
    const char *detail;
    Fault(int32_t code, const char *field, const char *detail) : code(code), field(field), detail(detail) {}
};

// Runs the body and turns every exception into a fault.
template <typename Body>
int32_t guarded(cdicom_fault *fault, Body body) noexcept {
    auto report = [fault](int32_t code, const char *field, const char *detail) {
        fault->code = code;
        std::snprintf(fault->field, sizeof fault->field, "%s", field);
        std::snprintf(fault->detail, sizeof fault->detail, "%s", detail);
        return code;
    };
    try {
        body();
        return report(CDICOM_OK, "", "");
    } catch (const Fault &error) {
        return report(error.code, error.field, error.detail);
    } catch (const std::bad_alloc &) {
        return report(CDICOM_TOO_LARGE, "PixelData", "does not fit in memory");
    } catch (...) {
        return report(CDICOM_MALFORMED, "PixelData", "cannot be decoded");
    }
}

}  // namespace cdicom
