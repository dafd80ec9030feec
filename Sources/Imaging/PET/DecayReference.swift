#if canImport(Glibc)
    import Glibc
#endif

/// The injected activity as it is at the moment to which the values of each slice are corrected.
struct DecayReference {
    /// Becquerels left, for each slice.
    let activities: [Double]
    /// Which attribute tells the moment.
    let attribute: String

    private typealias Slice = (name: String, pet: PETAcquisition)

    /// - Throws: `ImagingError` naming file, attribute and remedy.
    init(_ slices: [(name: String, pet: PETAcquisition)], header: PETAcquisition.Header) throws(ImagingError) {
        let file = slices[0].name
        func refused(_ field: String, _ remedy: String) -> ImagingError {
            .malformed(file: file, field: field, remedy: remedy)
        }
        guard header.injectionCount == 1 else {
            throw refused(
                "RadiopharmaceuticalInformationSequence",
                header.injectionCount == 0
                    ? "is missing; SUV needs dose, half-life and time of the injection"
                    : "holds several injections; SUV is defined for one")
        }
        guard let dose = header.doseBQ, (1e5...1e11).contains(dose) else {
            throw refused("RadionuclideTotalDose", "must be 1e5 to 1e11 Bq (not MBq)")
        }
        if header.decayCorrection == "ADMIN" {
            activities = slices.map { _ in dose }
            attribute = "RadiopharmaceuticalStartTime"
            return
        }
        guard let halfLife = header.halfLifeSeconds, (1...1e8).contains(halfLife) else {
            throw refused("RadionuclideHalfLife", "must be the half-life in seconds")
        }
        var moments: [DICOMMoment] = []
        switch header.decayCorrection {
        case "START":
            let (moment, name) = try Self.scanStart(slices, halfLife: halfLife)
            moments = slices.map { _ in moment }
            attribute = name
        case "NONE":
            attribute = "AcquisitionTime"
            for slice in slices { moments.append(try Self.middle(of: slice, halfLife: halfLife)) }
        default:
            throw refused("DecayCorrection", "must be START, ADMIN or NONE")
        }
        var left: [Double] = []
        for (moment, slice) in zip(moments, slices) {
            let elapsed = try Self.elapsed(header, until: moment, halfLife: halfLife, file: slice.name)
            left.append(dose * exp2(-elapsed / halfLife))
        }
        activities = left
    }

    /// Seconds from the injection to a moment of the scan.
    private static func elapsed(
        _ header: PETAcquisition.Header, until moment: DICOMMoment, halfLife: Double, file: String
    ) throws(ImagingError) -> Double {
        func refused(_ field: String, _ remedy: String) -> ImagingError {
            .malformed(file: file, field: field, remedy: remedy)
        }
        var time: DICOMMoment?
        if !header.injectionTime.isEmpty {
            time = DICOMMoment(date: "", time: header.injectionTime)
            guard time != nil else { throw refused("RadiopharmaceuticalStartTime", "is no time") }
        }
        var elapsed: Double
        var field = "RadiopharmaceuticalStartTime"
        if !header.injectionMoment.isEmpty {
            field = "RadiopharmaceuticalStartDateTime"
            guard let injection = DICOMMoment(moment: header.injectionMoment, utcOffset: header.utcOffset) else {
                throw refused(field, "is no moment on the clock of TimezoneOffsetFromUTC")
            }
            let apart = time.map { abs($0.secondOfDay - injection.secondOfDay) } ?? 0
            guard min(apart, DICOMMoment.secondsPerDay - apart) < 60 else {
                throw refused(field, "contradicts RadiopharmaceuticalStartTime (another time zone?)")
            }
            elapsed = moment.seconds - (moment.day == nil ? injection.timeOnly : injection).seconds
        } else if let time {
            elapsed = moment.secondOfDay - time.secondOfDay
        } else {
            throw refused(field, "is missing; SUV needs the time of the injection")
        }
        // Without a day the injection was in the 24 hours before: the day may have changed between.
        if elapsed < 0, header.injectionMoment.isEmpty || moment.day == nil { elapsed += DICOMMoment.secondsPerDay }
        guard elapsed >= 0, elapsed <= 10 * halfLife else {
            throw refused(field, "lies after the scan, or more than ten half-lives before it")
        }
        return elapsed
    }

    /// The moment to which a series with DecayCorrection START is corrected.
    ///
    /// That is the time of the series, unless a later processing has set it: then it lies after the acquisition.
    private static func scanStart(_ slices: [Slice], halfLife: Double) throws(ImagingError) -> (DICOMMoment, String) {
        let header = slices[0].pet.header
        var starts: [DICOMMoment] = []
        for slice in slices {
            guard let start = slice.pet.start else {
                throw .malformed(
                    file: slice.name, field: "AcquisitionTime", remedy: "is missing or no time; export original slices")
            }
            starts.append(start)
        }
        guard let series = DICOMMoment(date: header.seriesDate, time: header.seriesTime) else {
            throw .malformed(
                file: slices[0].name, field: "SeriesTime", remedy: "is missing or no time; export original slices")
        }
        guard starts.allSatisfy({ ($0.day == nil) == (series.day == nil) }) else {
            throw .malformed(
                file: slices[0].name, field: "SeriesDate",
                remedy: "and AcquisitionDate must both be there, or both be removed")
        }
        let earliest = starts.map(\.seconds).min() ?? series.seconds
        if series.seconds <= earliest { return (series, "SeriesTime") }
        if !header.scanMoment.isEmpty {
            guard let scan = DICOMMoment(moment: header.scanMoment, utcOffset: header.utcOffset) else {
                throw .malformed(file: slices[0].name, field: "(0009,xx0D)", remedy: "is no moment")
            }
            return (series.day == nil ? scan.timeOnly : scan, "GEMS_PETD_01 scan time")
        }
        return (try backComputed(slices, starts: starts, halfLife: halfLife), "FrameReferenceTime")
    }

    /// The start of the scan from the slices: the moment of a frame's average rate lies FrameReferenceTime after it.
    private static func backComputed(
        _ slices: [Slice], starts: [DICOMMoment], halfLife: Double
    ) throws(ImagingError) -> DICOMMoment {
        var found: [DICOMMoment] = []
        for (slice, start) in zip(slices, starts) {
            guard let reference = slice.pet.frameReferenceSeconds else {
                throw .malformed(
                    file: slice.name, field: "FrameReferenceTime",
                    remedy: "is missing, and SeriesTime is that of a later processing; export original slices")
            }
            found.append(
                start.later(by: try averageRate(of: slice, halfLife: halfLife) - reference))
        }
        let seconds = found.map(\.seconds)
        guard let first = found.first, let low = seconds.min(), let high = seconds.max(), high - low <= 60 else {
            throw .malformed(
                file: slices[0].name, field: "FrameReferenceTime",
                remedy: "tells different starts of the scan from slice to slice; export original slices")
        }
        return first
    }

    /// The moment at which the activity is its mean over the slice's frame.
    private static func middle(of slice: Slice, halfLife: Double) throws(ImagingError) -> DICOMMoment {
        guard let start = slice.pet.start else {
            throw .malformed(
                file: slice.name, field: "AcquisitionTime", remedy: "is missing or no time; export original slices")
        }
        return start.later(by: try averageRate(of: slice, halfLife: halfLife))
    }

    /// Seconds from the start of a frame until the activity is its mean over the frame.
    private static func averageRate(of slice: Slice, halfLife: Double) throws(ImagingError) -> Double {
        guard let duration = slice.pet.frameDurationSeconds, duration > 0, duration < 1e6 else {
            throw .malformed(
                file: slice.name, field: "ActualFrameDuration", remedy: "must be the duration in milliseconds")
        }
        let rate = log(2) / halfLife
        return log(rate * duration / -expm1(-rate * duration)) / rate
    }
}
