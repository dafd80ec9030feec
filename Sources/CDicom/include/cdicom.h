#ifndef CONCORD_CDICOM_H
#define CONCORD_CDICOM_H
#endif
