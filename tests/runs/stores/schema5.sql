PRAGMA application_id = 1131378254;
PRAGMA user_version = 5;
BEGIN TRANSACTION;
CREATE TABLE artifacts (
            run INTEGER NOT NULL REFERENCES runs (number),
            name TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            created_at REAL NOT NULL,
            PRIMARY KEY (run, name)
        ) WITHOUT ROWID;
INSERT INTO "artifacts" VALUES(1,'checkpoint.npz',7,1750000002.0);
CREATE TABLE labels (
            run INTEGER PRIMARY KEY REFERENCES runs (number),
            name TEXT NOT NULL DEFAULT '',
            notes TEXT NOT NULL DEFAULT '',
            pinned INTEGER NOT NULL DEFAULT 0
        , tags TEXT NOT NULL DEFAULT '[]', deleted_at REAL);
INSERT INTO "labels" VALUES(1,'first','for Monday',1,'["deep"]',NULL);
CREATE TABLE points (
            run INTEGER NOT NULL REFERENCES runs (number),
            split TEXT NOT NULL,
            step INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            loss REAL,
            accuracy REAL,
            seconds REAL NOT NULL,
            PRIMARY KEY (run, split, step)
        ) WITHOUT ROWID;
INSERT INTO "points" VALUES(1,'train',1,1,0.9375,0.125,0.25);
INSERT INTO "points" VALUES(1,'train',2,1,0.875,0.25,0.5);
INSERT INTO "points" VALUES(1,'train',3,2,0.8125,0.375,0.75);
INSERT INTO "points" VALUES(1,'train',4,2,0.75,0.5,1.0);
INSERT INTO "points" VALUES(1,'train_eval',2,1,0.6875,0.625,0.5);
INSERT INTO "points" VALUES(1,'train_eval',4,2,0.75,0.5,1.0);
INSERT INTO "points" VALUES(1,'validation',2,1,0.75,0.5,0.5);
INSERT INTO "points" VALUES(1,'validation',4,2,0.875,0.25,1.0);
INSERT INTO "points" VALUES(2,'train',1,1,0.9375,0.125,0.25);
INSERT INTO "points" VALUES(2,'train',2,1,0.875,0.25,0.5);
INSERT INTO "points" VALUES(2,'train',3,2,0.8125,0.375,0.75);
INSERT INTO "points" VALUES(2,'train_eval',2,1,0.6875,0.625,0.5);
INSERT INTO "points" VALUES(2,'validation',2,1,0.75,0.5,0.5);
INSERT INTO "points" VALUES(3,'train',1,1,0.9375,0.125,0.25);
INSERT INTO "points" VALUES(3,'train',2,1,0.875,0.25,0.5);
INSERT INTO "points" VALUES(3,'train',3,2,0.8125,0.375,0.75);
INSERT INTO "points" VALUES(3,'train',4,2,0.75,0.5,1.0);
INSERT INTO "points" VALUES(3,'train_eval',2,1,0.6875,0.625,0.5);
INSERT INTO "points" VALUES(3,'train_eval',4,2,0.75,0.5,1.0);
INSERT INTO "points" VALUES(3,'validation',2,1,0.75,0.5,0.5);
INSERT INTO "points" VALUES(3,'validation',4,2,0.875,0.25,1.0);
INSERT INTO "points" VALUES(4,'train',1,1,0.9375,0.125,0.25);
INSERT INTO "points" VALUES(4,'train',2,1,0.875,0.25,0.5);
INSERT INTO "points" VALUES(4,'train_eval',2,1,0.6875,0.625,0.5);
INSERT INTO "points" VALUES(4,'validation',2,1,0.75,0.5,0.5);
INSERT INTO "points" VALUES(5,'train',1,1,0.9375,0.125,0.25);
INSERT INTO "points" VALUES(5,'train',2,1,0.875,0.25,0.5);
INSERT INTO "points" VALUES(5,'train_eval',2,1,0.6875,0.625,0.5);
INSERT INTO "points" VALUES(5,'validation',2,1,0.75,0.5,0.5);
CREATE TABLE "run_groups" (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            name TEXT NOT NULL DEFAULT '',
            plan TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'finished')),
            created_at REAL NOT NULL,
            owner TEXT,
            heartbeat_at REAL
        );
INSERT INTO "run_groups" VALUES(1,'0000000005','race','Two seeds','{"pace": "step"}','finished',1750000003.75,'dashboard',1750000003.75);
INSERT INTO "run_groups" VALUES(2,'0000000009','sweep','','{"method": "grid"}','running',1750000006.75,'dashboard',1750000006.75);
CREATE TABLE runs (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            family TEXT NOT NULL,
            config TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN
                ('queued', 'running', 'paused', 'finished', 'failed', 'cancelled')),
            reason TEXT,
            details TEXT,
            created_at REAL NOT NULL,
            started_at REAL,
            ended_at REAL,
            heartbeat_at REAL,
            owner TEXT,
            worker TEXT,
            step INTEGER NOT NULL DEFAULT 0,
            epoch INTEGER NOT NULL DEFAULT 0,
            facts TEXT NOT NULL DEFAULT '{}',
            summary TEXT NOT NULL DEFAULT '{}',
            parent TEXT REFERENCES runs (id),
            stop_requested INTEGER NOT NULL DEFAULT 0,
            revision INTEGER NOT NULL
        , seconds REAL NOT NULL DEFAULT 0, race TEXT, pace TEXT, best_accuracy REAL, best_epoch INTEGER, last_accuracy REAL, train_eval_accuracy REAL, run_group TEXT, trial INTEGER, revivals INTEGER NOT NULL DEFAULT 0);
INSERT INTO "runs" VALUES(1,'0000000001','vgg','{"network":{"input_shape":[28,28,1],"num_classes":10,"activation":"relu","batchnorm":true,"batchnorm_momentum":0.9,"family":"vgg","num_stages":3,"num_convs":[2,2,2],"filters":8,"max_filters":512,"kernel_size":3,"third_conv_1x1":false,"local_response":false,"units":128,"dropout":0.3},"train":{"dataset":"fashion_mnist","epochs":2,"num_train":200,"learning_rate":0.003,"batch_size":100,"optimizer":"adam","schedule":"one_cycle","weight_decay":0.0,"precision":"auto","seed":1}}','finished',NULL,NULL,1750000000.0,1750000001.0,1750000002.0,1750000002.0,'dashboard','lab:1',4,2,'{"num_params": 1234, "macs": 5678, "steps_per_epoch": 2, "precision": "float32"}','{"test_accuracy": 0.625}',NULL,0,10,1.0,NULL,NULL,0.5,1,0.25,0.5,NULL,NULL,0);
INSERT INTO "runs" VALUES(2,'0000000003','vgg','{"network":{"input_shape":[28,28,1],"num_classes":10,"activation":"relu","batchnorm":true,"batchnorm_momentum":0.9,"family":"vgg","num_stages":3,"num_convs":[2,2,2],"filters":8,"max_filters":512,"kernel_size":3,"third_conv_1x1":false,"local_response":false,"units":128,"dropout":0.3},"train":{"dataset":"fashion_mnist","epochs":2,"num_train":200,"learning_rate":0.003,"batch_size":100,"optimizer":"adam","schedule":"one_cycle","weight_decay":0.0,"precision":"auto","seed":2}}','paused','Somebody paused it.',NULL,1750000002.0,1750000003.0,1750000003.75,1750000003.75,'dashboard','lab:1',3,2,'{"num_params": 1234, "macs": 5678, "steps_per_epoch": 2, "precision": "float32"}','{}',NULL,0,17,0.75,NULL,NULL,0.5,1,0.5,0.625,NULL,NULL,0);
INSERT INTO "runs" VALUES(3,'0000000004','vgg','{"network":{"input_shape":[28,28,1],"num_classes":10,"activation":"relu","batchnorm":true,"batchnorm_momentum":0.9,"family":"vgg","num_stages":3,"num_convs":[2,2,2],"filters":8,"max_filters":512,"kernel_size":3,"third_conv_1x1":false,"local_response":false,"units":128,"dropout":0.3},"train":{"dataset":"fashion_mnist","epochs":2,"num_train":200,"learning_rate":0.003,"batch_size":100,"optimizer":"adam","schedule":"one_cycle","weight_decay":0.0,"precision":"auto","seed":1}}','queued',NULL,NULL,1750000003.75,NULL,NULL,1750000003.75,'dashboard',NULL,4,2,'{}','{}','0000000001',0,18,1.0,NULL,NULL,0.5,1,0.25,0.5,NULL,NULL,0);
INSERT INTO "runs" VALUES(4,'0000000007','vgg','{"network":{"input_shape":[28,28,1],"num_classes":10,"activation":"relu","batchnorm":true,"batchnorm_momentum":0.9,"family":"vgg","num_stages":3,"num_convs":[2,2,2],"filters":8,"max_filters":512,"kernel_size":3,"third_conv_1x1":false,"local_response":false,"units":128,"dropout":0.3},"train":{"dataset":"fashion_mnist","epochs":2,"num_train":200,"learning_rate":0.003,"batch_size":100,"optimizer":"adam","schedule":"one_cycle","weight_decay":0.0,"precision":"auto","seed":3}}','finished',NULL,NULL,1750000003.75,1750000004.75,1750000005.25,1750000005.25,'dashboard','lab:1',2,1,'{"num_params": 1234, "macs": 5678, "steps_per_epoch": 2, "precision": "float32"}','{"test_accuracy": 0.625}',NULL,0,27,0.5,'0000000006','step',0.5,1,0.5,0.625,'0000000005',0,0);
INSERT INTO "runs" VALUES(5,'0000000008','vgg','{"network":{"input_shape":[28,28,1],"num_classes":10,"activation":"relu","batchnorm":true,"batchnorm_momentum":0.9,"family":"vgg","num_stages":3,"num_convs":[2,2,2],"filters":8,"max_filters":512,"kernel_size":3,"third_conv_1x1":false,"local_response":false,"units":128,"dropout":0.3},"train":{"dataset":"fashion_mnist","epochs":2,"num_train":200,"learning_rate":0.003,"batch_size":100,"optimizer":"adam","schedule":"one_cycle","weight_decay":0.0,"precision":"auto","seed":4}}','finished',NULL,NULL,1750000003.75,1750000006.25,1750000006.75,1750000006.75,'dashboard','lab:1',2,1,'{"num_params": 1234, "macs": 5678, "steps_per_epoch": 2, "precision": "float32"}','{"test_accuracy": 0.625}',NULL,0,32,0.5,'0000000006','step',0.5,1,0.5,0.625,'0000000005',0,0);
INSERT INTO "runs" VALUES(6,'000000000a','vgg','{"network":{"input_shape":[28,28,1],"num_classes":10,"activation":"relu","batchnorm":true,"batchnorm_momentum":0.9,"family":"vgg","num_stages":3,"num_convs":[2,2,2],"filters":8,"max_filters":512,"kernel_size":3,"third_conv_1x1":false,"local_response":false,"units":128,"dropout":0.3},"train":{"dataset":"fashion_mnist","epochs":2,"num_train":200,"learning_rate":0.003,"batch_size":100,"optimizer":"adam","schedule":"one_cycle","weight_decay":0.0,"precision":"auto","seed":5}}','queued',NULL,NULL,1750000006.75,NULL,NULL,1750000006.75,'dashboard',NULL,0,0,'{}','{}',NULL,0,34,0.0,NULL,NULL,NULL,NULL,NULL,NULL,'0000000009',0,0);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "settings" VALUES('speed','{"vgg": 2.5}');
CREATE TABLE trials (
            run_group INTEGER NOT NULL REFERENCES run_groups (number),
            number INTEGER NOT NULL,
            place INTEGER NOT NULL,
            config TEXT NOT NULL,
            run TEXT REFERENCES runs (id),
            note TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (run_group, number, place)
        ) WITHOUT ROWID;
INSERT INTO "trials" VALUES(1,0,0,'{"network":{"input_shape":[28,28,1],"num_classes":10,"activation":"relu","batchnorm":true,"batchnorm_momentum":0.9,"family":"vgg","num_stages":3,"num_convs":[2,2,2],"filters":8,"max_filters":512,"kernel_size":3,"third_conv_1x1":false,"local_response":false,"units":128,"dropout":0.3},"train":{"dataset":"fashion_mnist","epochs":2,"num_train":200,"learning_rate":0.003,"batch_size":100,"optimizer":"adam","schedule":"one_cycle","weight_decay":0.0,"precision":"auto","seed":3}}','0000000007','');
INSERT INTO "trials" VALUES(1,0,1,'{"network":{"input_shape":[28,28,1],"num_classes":10,"activation":"relu","batchnorm":true,"batchnorm_momentum":0.9,"family":"vgg","num_stages":3,"num_convs":[2,2,2],"filters":8,"max_filters":512,"kernel_size":3,"third_conv_1x1":false,"local_response":false,"units":128,"dropout":0.3},"train":{"dataset":"fashion_mnist","epochs":2,"num_train":200,"learning_rate":0.003,"batch_size":100,"optimizer":"adam","schedule":"one_cycle","weight_decay":0.0,"precision":"auto","seed":4}}','0000000008','');
INSERT INTO "trials" VALUES(2,0,0,'{"network":{"input_shape":[28,28,1],"num_classes":10,"activation":"relu","batchnorm":true,"batchnorm_momentum":0.9,"family":"vgg","num_stages":3,"num_convs":[2,2,2],"filters":8,"max_filters":512,"kernel_size":3,"third_conv_1x1":false,"local_response":false,"units":128,"dropout":0.3},"train":{"dataset":"fashion_mnist","epochs":2,"num_train":200,"learning_rate":0.003,"batch_size":100,"optimizer":"adam","schedule":"one_cycle","weight_decay":0.0,"precision":"auto","seed":5}}','000000000a','');
INSERT INTO "trials" VALUES(2,1,0,'{"network":{"input_shape":[28,28,1],"num_classes":10,"activation":"relu","batchnorm":true,"batchnorm_momentum":0.9,"family":"vgg","num_stages":3,"num_convs":[2,2,2],"filters":8,"max_filters":512,"kernel_size":3,"third_conv_1x1":false,"local_response":false,"units":128,"dropout":0.3},"train":{"dataset":"fashion_mnist","epochs":2,"num_train":200,"learning_rate":0.003,"batch_size":100,"optimizer":"adam","schedule":"one_cycle","weight_decay":0.0,"precision":"auto","seed":6}}',NULL,'too slow');
CREATE INDEX runs_by_family ON runs (family);
CREATE INDEX runs_by_state ON runs (state);
CREATE INDEX runs_by_revision ON runs (revision);
CREATE INDEX runs_by_race ON runs (race);
CREATE INDEX runs_by_group ON runs (run_group);
COMMIT;
