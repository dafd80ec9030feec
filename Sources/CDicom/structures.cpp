#include <charconv>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "dataset.h"
#include "fault.h"
#include "file.h"
#include "regions.h"

namespace {

using cdicom::Fault;

struct Deleter {
    void operator()(cdicom_structures *structures) const { cdicom_free_structures(structures); }
};

int32_t contour_kind(DcmItem &contour) {
    const std::string type = cdicom::text(contour, DCM_ContourGeometricType);
    if (type == "CLOSED_PLANAR" || type == "CLOSEDPLANAR_XOR") return CDICOM_CONTOUR_CLOSED;
    if (type == "POINT") return CDICOM_CONTOUR_POINT;
    return type == "OPEN_PLANAR" || type == "OPEN_NONPLANAR" ? CDICOM_CONTOUR_OPEN : CDICOM_CONTOUR_OTHER;
}

// The text of ContourData. Values above 64 kB have the VR UN in explicit transfer syntaxes (PS3.5 6.2.2).
std::string_view contour_text(DcmItem &contour) {
    DcmElement *element = nullptr;
    if (contour.findAndGetElement(DCM_ContourData, element).bad() || !element || element->getLength() == 0) {
        throw Fault(CDICOM_MALFORMED, "ContourData", "is missing");
    }
    char *text = nullptr;
    Uint8 *bytes = nullptr;
    if (element->getString(text).good() && text) return {text};
    if (element->getUint8Array(bytes).good() && bytes) {
        return {reinterpret_cast<const char *>(bytes), element->getLength()};
    }
    throw Fault(CDICOM_MALFORMED, "ContourData", "cannot be read");
}

double coordinate(std::string_view part) {
    const auto trim = [](char byte) { return byte == ' ' || byte == '\0'; };
    while (!part.empty() && trim(part.back())) part.remove_suffix(1);
    while (!part.empty() && trim(part.front())) part.remove_prefix(1);
    if (!part.empty() && part.front() == '+') part.remove_prefix(1);
    double value = 0;
    const char *end = part.data() + part.size();
    const auto [stop, error] = std::from_chars(part.data(), end, value);
    if (error != std::errc() || stop != end || !std::isfinite(value)) {
        throw Fault(CDICOM_MALFORMED, "ContourData", "is not a list of finite numbers");
    }
    return value;
}

// Appends the coordinates of a contour. One pass: DCMTK's access by index parses the text from its start each time.
void add_points(DcmItem &contour, int64_t limit, std::vector<double> &points) {
    std::string_view text = contour_text(contour);
    const size_t before = points.size();
    for (bool more = true; more;) {
        const size_t separator = text.find('\\');
        more = separator != std::string_view::npos;
        if (int64_t(points.size()) >= 3 * limit) throw Fault(CDICOM_TOO_LARGE, "ContourData", "has too many points");
        points.push_back(coordinate(text.substr(0, separator)));
        if (more) text.remove_prefix(separator + 1);
    }
    const size_t added = points.size() - before;
    if (added % 3 != 0) throw Fault(CDICOM_MALFORMED, "ContourData", "must have three coordinates a point");
    const long stated = cdicom::integer(contour, DCM_NumberOfContourPoints, long(added / 3));
    if (stated != long(added / 3)) throw Fault(CDICOM_MALFORMED, "NumberOfContourPoints", "contradicts ContourData");
}

cdicom_structures *read(const char *path, const cdicom_limits &limits) {
    DcmFileFormat file;
    cdicom::load(file, path);
    DcmDataset &dataset = *file.getDataset();
    // Names that cannot be converted stay as they are; their numbers still choose them.
    dataset.convertToUTF8();
    const auto names = cdicom::region_names(
        cdicom::items(dataset, DCM_StructureSetROISequence, "StructureSetROISequence", limits.regions), DCM_ROINumber,
        DCM_ROIName, "ROINumber");
    if (names.empty()) throw Fault(CDICOM_MALFORMED, "StructureSetROISequence", "is missing");
    std::vector<cdicom_contour> contours;
    std::vector<double> points;
    for (DcmItem *region : cdicom::items(dataset, DCM_ROIContourSequence, "ROIContourSequence", limits.regions)) {
        const long number = cdicom::integer(*region, DCM_ReferencedROINumber, -1);
        if (number < 0 || number > INT32_MAX) throw Fault(CDICOM_MALFORMED, "ReferencedROINumber", "is missing");
        const int64_t left = limits.contours - int64_t(contours.size());
        for (DcmItem *item : cdicom::items(*region, DCM_ContourSequence, "ContourSequence", left)) {
            cdicom_contour contour{int32_t(number), contour_kind(*item), int64_t(points.size() / 3), 0};
            add_points(*item, limits.points, points);
            contour.count = int64_t(points.size() / 3) - contour.first;
            contours.push_back(contour);
        }
    }
    std::unique_ptr<cdicom_structures, Deleter> result(
        static_cast<cdicom_structures *>(std::calloc(1, sizeof(cdicom_structures))));
    if (!result) throw std::bad_alloc();
    result->names = cdicom::copied(names);
    result->region_count = int32_t(names.size());
    result->contours = cdicom::copied(contours);
    result->contour_count = int32_t(contours.size());
    result->points = cdicom::copied(points);
    result->point_count = int64_t(points.size() / 3);
    return result.release();
}

}  // namespace

int32_t cdicom_read_structures(
    const char *path, const cdicom_limits *limits, cdicom_structures **structures, cdicom_fault *fault) {
    return cdicom::guarded(fault, [&] { *structures = read(path, *limits); });
}

void cdicom_free_structures(cdicom_structures *structures) {
    if (!structures) return;
    std::free(structures->names);
    std::free(structures->contours);
    std::free(structures->points);
    std::free(structures);
}
