#include "regions.h"

#include <cstdio>
#include <set>
#include <string>

#include "dataset.h"
#include "fault.h"

namespace cdicom {

std::vector<DcmItem *> items(DcmItem &parent, const DcmTagKey &sequence, const char *keyword, int64_t limit) {
    std::vector<DcmItem *> found;
    DcmSequenceOfItems *list = nullptr;
    if (parent.findAndGetSequence(sequence, list).bad() || !list) return found;
    if (int64_t(list->card()) > limit) throw Fault(CDICOM_TOO_LARGE, keyword, "has too many items");
    found.reserve(list->card());
    // By next object: access by index walks the list from its start each time.
    for (DcmObject *object = list->nextInContainer(nullptr); object; object = list->nextInContainer(object)) {
        found.push_back(static_cast<DcmItem *>(object));
    }
    return found;
}

namespace {

std::string without_controls(const std::string &value) {
    std::string result;
    for (const char byte : value) {
        const auto code = static_cast<unsigned char>(byte);
        if (code >= 0x20 && code != 0x7F) result.push_back(byte);
    }
    return result;
}

}  // namespace

std::vector<cdicom_region_name> region_names(
    const std::vector<DcmItem *> &items, const DcmTagKey &number, const DcmTagKey &name, const char *keyword) {
    std::vector<cdicom_region_name> names;
    std::set<long> numbers;
    for (DcmItem *item : items) {
        const long value = integer(*item, number, -1);
        if (value < 0 || value > INT32_MAX) throw Fault(CDICOM_MALFORMED, keyword, "is missing or no number");
        if (!numbers.insert(value).second) throw Fault(CDICOM_MALFORMED, keyword, "is there twice");
        cdicom_region_name region{};
        region.number = int32_t(value);
        std::snprintf(region.name, sizeof region.name, "%s", without_controls(text(*item, name)).c_str());
        names.push_back(region);
    }
    return names;
}

}  // namespace cdicom
