import CDicom

/// What one PET slice says about activity, injection, decay and the person, before it is checked.
struct PETAcquisition: Equatable {
    /// What is the same in all slices of a series.
    struct Header: Equatable {
        var units: String
        var decayCorrection: String
        var suvType: String
        var corrections: [String]
        var sex: String
        var seriesDate: String
        var seriesTime: String
        var injectionTime: String
        var injectionMoment: String
        var utcOffset: String
        /// Start of the scan in GE's private group.
        var scanMoment: String
        var injectionCount: Int
        var halfLifeSeconds: Double?
        var doseBQ: Double?
        var weightKG: Double?
        var heightM: Double?
        /// Philips' private factors to g/ml by body weight and to Bq/ml.
        var uptakeFactor: Double?
        var activityFactor: Double?
    }

    var header: Header
    var acquisitionDate: String
    var acquisitionTime: String
    var frameReferenceSeconds: Double?
    var frameDurationSeconds: Double?

    init(_ pet: cdicom_pet) {
        func known(_ value: Double) -> Double? { value.isNaN ? nil : value }
        header = Header(
            units: DICOMFile.text(pet.units), decayCorrection: DICOMFile.text(pet.decay_correction),
            suvType: DICOMFile.text(pet.suv_type),
            corrections: DICOMFile.text(pet.corrections).split(separator: "\\").map { $0.filter { $0 != " " } },
            sex: DICOMFile.text(pet.sex), seriesDate: DICOMFile.text(pet.series_date),
            seriesTime: DICOMFile.text(pet.series_time), injectionTime: DICOMFile.text(pet.injection_time),
            injectionMoment: DICOMFile.text(pet.injection_moment), utcOffset: DICOMFile.text(pet.utc_offset),
            scanMoment: DICOMFile.text(pet.scan_moment), injectionCount: Int(pet.injection_count),
            halfLifeSeconds: known(pet.half_life_s), doseBQ: known(pet.dose_bq), weightKG: known(pet.weight_kg),
            heightM: known(pet.height_m), uptakeFactor: known(pet.uptake_factor),
            activityFactor: known(pet.activity_factor))
        acquisitionDate = DICOMFile.text(pet.acquisition_date)
        acquisitionTime = DICOMFile.text(pet.acquisition_time)
        frameReferenceSeconds = known(pet.frame_reference_ms).map { $0 / 1_000 }
        frameDurationSeconds = known(pet.frame_duration_ms).map { $0 / 1_000 }
    }

    /// When the slice began to be taken; nil where the file does not say.
    var start: DICOMMoment? { DICOMMoment(date: acquisitionDate, time: acquisitionTime) }
}
