import FoundationEssentials

/// Reads images: DICOM files and series folders, NIfTI-1 and -2, NRRD, PNG. The content decides the format, not the name.
public enum ImageReader {
    /// Reads a file or a folder with one DICOM series.
    ///
    /// CT, MR and PET values are rescaled as the file says; ultrasound and pictures become grey 0...255.
    ///
    /// - Parameters:
    ///   - path: A file, or a folder with the files of one series; files without image are skipped there.
    ///   - frame: Which picture of an ultrasound clip, from 1; needed when it has more than one, refused of other images.
    ///   - uptake: Makes standardised uptake values of PET slices, or nil for values as they are stored.
    /// - Throws: `ImagingError` naming the file's last path component, the field and a remedy.
    public static func read(
        path: String, frame: Int? = nil, uptake: UptakeMeasure? = nil
    ) throws(ImagingError) -> LoadedImage {
        if FileBytes.isDirectory(path) {
            guard frame == nil else { throw DICOMVolume.noClip(FileBytes.lastComponent(path)) }
            return try readSeries(path, uptake: uptake)
        }
        if try isDICOM(path) {
            let image = try DICOMVolume(path: path, frame: frame, uptake: uptake)
            return LoadedImage(
                volume: image.volume, tags: image.tags, pictureBoxes: image.pictureBoxes,
                holdsIntegers: image.volume.isWhole, uptake: image.uptake)
        }
        guard frame == nil else { throw DICOMVolume.noClip(FileBytes.lastComponent(path)) }
        guard uptake == nil else {
            throw .unsupported(
                file: FileBytes.lastComponent(path), field: "Modality",
                remedy: "SUV needs DICOM PET slices; leave suv out if the intensities are SUV already")
        }
        if let scan = try scan(path: path) { return try scan.image() }
        return try picture(FileBytes(path: path))
    }

    /// Reads NIfTI, NRRD or PNG from memory; `name` stands for the file in messages.
    ///
    /// - Throws: `ImagingError` naming `name`, the field and a remedy.
    public static func read(bytes: [UInt8], name: String) throws(ImagingError) -> LoadedImage {
        try decode(FileBytes(name: name, bytes: bytes))
    }

    /// The header of a NIfTI or NRRD file, with the voxels to come; nil for another format.
    static func scan(path: String) throws(ImagingError) -> FileScan? {
        let start = try FileBytes(path: path, limit: NIfTIHeader.byteCount)
        if start.starts(with: NRRDReader.magic) { return try NRRDReader.scan(FileBytes(path: path)) }
        return try NIfTIReader.scan(prefix: start.bytes, name: start.name, path: path) {
            () throws(ImagingError) in try FileBytes(path: path)
        }
    }

    private static func decode(_ file: FileBytes) throws(ImagingError) -> LoadedImage {
        if file.starts(with: NRRDReader.magic) { return try NRRDReader.scan(file).image() }
        let scan = try NIfTIReader.scan(prefix: file.bytes, name: file.name, path: nil) {
            () throws(ImagingError) in file
        }
        if let scan { return try scan.image() }
        return try picture(file)
    }

    private static func picture(_ file: FileBytes) throws(ImagingError) -> LoadedImage {
        guard file.starts(with: PNGReader.magic) else {
            throw .unreadable(
                file: file.name, remedy: "it is no DICOM, NIfTI, NRRD or PNG file, or its header is damaged")
        }
        return LoadedImage(volume: try PNGReader.read(file), pictureBoxes: [], holdsIntegers: true)
    }

    private static func readSeries(_ path: String, uptake: UptakeMeasure?) throws(ImagingError) -> LoadedImage {
        let folder = FileBytes.lastComponent(path)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw .unreadable(file: folder, remedy: "there is no permission to list the folder")
        }
        guard names.count <= Limits.seriesFiles else {
            throw .tooLarge(file: folder, field: "number of files", limit: Limits.seriesFiles)
        }
        var files: [DICOMFile] = []
        var voxels = 0
        for name in names.sorted() {
            let file = path + "/" + name
            guard !FileBytes.isDirectory(file), try isDICOM(file) else { continue }
            do throws(ImagingError) {
                files.append(try DICOMFile(path: file))
            } catch .unsupported(_, field: "SOPClassUID", _) {
                // A report, a structure set or a segmentation beside the slices.
                continue
            }
            voxels += files[files.count - 1].pixels.count
            guard voxels <= Limits.voxels else {
                throw .tooLarge(file: folder, field: "number of voxels", limit: Limits.voxels)
            }
        }
        guard !files.isEmpty else {
            throw .unreadable(file: folder, remedy: "the folder holds no DICOM image; give the folder of one series")
        }
        let image = try DICOMVolume(files: files, name: folder, uptake: uptake)
        return LoadedImage(
            volume: image.volume, tags: image.tags, holdsIntegers: image.volume.isWhole, uptake: image.uptake)
    }

    static func isDICOM(_ path: String) throws(ImagingError) -> Bool {
        let prefix = try FileBytes(path: path, limit: DICOMFile.magicOffset + DICOMFile.magic.count).bytes
        return prefix.dropFirst(DICOMFile.magicOffset).elementsEqual(DICOMFile.magic)
    }
}

extension Volume {
    /// Whether rescaling left whole numbers only. DICOM stores whole numbers, so fractions come from the slope.
    fileprivate var isWhole: Bool { voxels.allSatisfy { $0 == $0.rounded() } }
}
