#pragma once
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

namespace cdicom {

// Registers the decoders and silences DCMTK, once.
void prepare();

// Reads a file with all its attributes; throws Fault when it is no complete DICOM file.
void load(DcmFileFormat &file, const char *path);

// A copy that the caller of the shim frees with free().
template <typename Element>
Element *copied(const Element *elements, size_t count) {
    auto *copy = static_cast<Element *>(std::malloc(std::max<size_t>(1, count) * sizeof(Element)));
    if (!copy) throw std::bad_alloc();
    if (count > 0) std::memcpy(copy, elements, count * sizeof(Element));
    return copy;
}

template <typename Element>
Element *copied(const std::vector<Element> &elements) {
    return copied(elements.data(), elements.size());
}

}  // namespace cdicom
